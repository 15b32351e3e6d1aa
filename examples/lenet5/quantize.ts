/** Quantises LeNet-5 from 100 handwritten digits, compiles what comes of it, and reads all 500 with it. */
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  compile,
  quantize,
  readNpy,
  readOnnx,
  readSafetensors,
  withWeights,
  writeFiles,
  type Sample,
} from "tilewright";
import lenet5 from "./model.js";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const outFolder = here("../../out/lenet5-int8/");

interface Lenet5 {
  run(inputs: { readonly image: Float32Array }): { readonly logits: Float32Array };
}

const images = readNpy(readFileSync(here("images.npy"))).data as Float32Array;
const labels = readNpy(readFileSync(here("labels.npy"))).data as Float32Array;
const digits = Array.from(labels, (label, i): Sample & { inputs: { image: Float32Array } } => ({
  inputs: { image: images.slice(i * 784, (i + 1) * 784).map((value) => value / 255) },
  label,
}));

const trained = withWeights(lenet5, readSafetensors(readFileSync(here("lenet5.safetensors"))));
const { onnx, report } = await quantize(trained, digits.slice(0, 100), { testSamples: digits });
for (const { name, op, alone, inNetwork } of report.layers) {
  const [own, all] = [alone!, inNetwork].map((cost) => `${cost.signalToNoise.toFixed(1)} dB`);
  console.log(`${name.padEnd(6)} ${op.padEnd(7)} alone ${own}, in the network ${all}`);
}

const { files } = await compile(readOnnx(onnx), { target: "wasm", js: true, name: "lenet5" });
await writeFiles(outFolder, [{ path: "lenet5.onnx", content: onnx }, ...files], { force: true });
const { load } = (await import(pathToFileURL(`${outFolder}lenet5.js`).href)) as {
  load(): Promise<Lenet5>;
};
const network = await load();
const right = digits.filter(({ inputs, label }) => {
  const { logits } = network.run(inputs);
  return logits.every((value) => value <= logits[label!]!);
}).length;

const { f32, quantized } = report.bytes;
console.log(`${right} of ${digits.length} right`);
console.log(`${quantized} bytes as ONNX, with f32 weights ${f32}`);
if (right < 493) process.exitCode = 1;
