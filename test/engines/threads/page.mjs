/** The network on the page's own thread and in a worker; without isolation one thread computes, and says so. */
import { load } from "./net.js";
import { compute } from "./network.mjs";

const warned = [];
console.warn = (text) => warned.push(text);

const show = (value) => {
  document.querySelector("output").textContent = JSON.stringify(value);
};

function computeInWorker() {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./inWorker.mjs", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve(`the worker failed: ${message}`);
  });
}

try {
  const threads = crossOriginIsolated ? 3 : 1;
  // Without isolation, too, more than one is asked for.
  const { model, ...page } = await compute(
    async (options) => load({ ...options, threads: 3 }),
    threads,
  );
  const worker = crossOriginIsolated ? await computeInWorker() : undefined;
  model.dispose();
  show({ isolated: crossOriginIsolated, page, worker, warned });
} catch (error) {
  show(`${error?.stack ?? error}`);
}
