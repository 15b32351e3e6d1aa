/** A process that does nothing but import a built module, load it and run it once; arguments: its folder and a clock. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { clockOf } from "./clock.mjs";
import { tell } from "./tell.mjs";

const [, , folder, clock] = process.argv;
const now = clockOf(clock);
const image = new Float32Array(readFileSync(join(folder, "image.bin")).buffer.slice(0));
const start = now();
const { load } = await import(pathToFileURL(join(folder, "model.js")).href);
const model = await load();
const loaded = now();
const [output] = Object.values(model.run({ image }));
const end = now();
tell({ load: loaded - start, first: end - loaded, output });
