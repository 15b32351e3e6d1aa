/** Loads LiteRT.js in Node: it expects a page or a worker, which load scripts into their global scope. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

/** The library from the folder of its package, ready to compile models; what it finds of GPUs is not told. */
export async function loadLitert(folder) {
  const quiet = { print: () => undefined, printErr: () => undefined };
  const given = { self: globalThis, importScripts: runScript, Module: quiet };
  const before = Object.keys(given).filter((name) => name in globalThis);
  Object.assign(globalThis, given);
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const library = await import(pathToFileURL(join(folder, "dist", "index.js")).href);
    await library.loadLiteRt(join(folder, "wasm"));
    return library;
  } finally {
    console.warn = warn;
    for (const name of Object.keys(given)) if (!before.includes(name)) delete globalThis[name];
  }
}

/** As `require` runs a module, whatever the package says that it is. */
function runScript(path) {
  const names = ["require", "module", "exports", "__filename", "__dirname"];
  const source = `(function (${names.join(", ")}) {${readFileSync(path, "utf8")}\n})`;
  const script = runInThisContext(source, { filename: path });
  const module = { exports: {} };
  script(createRequire(path), module, module.exports, path, dirname(path));
  globalThis.ModuleFactory = module.exports;
}
