/** The registry of targets: one is a folder and a line here. */
export { typescriptTarget as ts } from "./ts/index.js";
export { wasmTarget as wasm } from "./wasm/index.js";
