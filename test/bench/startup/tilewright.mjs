/** A process that does nothing but import a built module, load it and run it once; argument: its folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tell } from "./tell.mjs";

const folder = process.argv[2];
const image = new Float32Array(readFileSync(join(folder, "image.bin")).buffer.slice(0));
const start = performance.now();
const { load } = await import(pathToFileURL(join(folder, "model.js")).href);
const model = await load();
const loaded = performance.now();
const [output] = Object.values(model.run({ image }));
const end = performance.now();
tell({ load: loaded - start, first: end - loaded, output });
