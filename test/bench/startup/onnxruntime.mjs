/** A process that does nothing but import onnxruntime-web, make a session of one thread and run it once; arguments: a folder with the model and a clock. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clockOf } from "./clock.mjs";
import { tell } from "./tell.mjs";

const [, , folder, clock] = process.argv;
const now = clockOf(clock);
const image = new Float32Array(readFileSync(join(folder, "image.bin")).buffer.slice(0));
const start = now();
const ort = await import("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";
const session = await ort.InferenceSession.create(await readFile(join(folder, "model.onnx")));
const loaded = now();
const results = await session.run({ image: new ort.Tensor("float32", image, [1, 3, 224, 224]) });
const end = now();
tell({ load: loaded - start, first: end - loaded, output: Object.values(results)[0].data });
