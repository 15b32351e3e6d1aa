/** A process that does nothing but load LiteRT.js, compile a model for one thread and run it once; arguments: a folder with the model, a clock, and the library's folder. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clockOf } from "./clock.mjs";
import { loadLitert } from "./loadLitert.mjs";
import { tell } from "./tell.mjs";

const [, , folder, clock, library] = process.argv;
const now = clockOf(clock);
const image = new Float32Array(readFileSync(join(folder, "channelsLast.bin")).buffer.slice(0));
const start = now();
const { Tensor, loadAndCompile } = await loadLitert(library);
const options = { accelerator: "wasm", cpuOptions: { numThreads: 1 } };
const model = await loadAndCompile(await readFile(join(folder, "model.tflite")), options);
const loaded = now();
const [result] = await model.run([new Tensor(image, [1, 224, 224, 3])]);
const output = result.toTypedArray();
const end = now();
tell({ load: loaded - start, first: end - loaded, output });
