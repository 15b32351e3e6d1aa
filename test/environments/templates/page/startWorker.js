/** Starts the worker and shows what it sends. */
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => (document.querySelector("output").textContent = data);
worker.onerror = ({ message }) => console.error(`the worker failed: ${message}`);
