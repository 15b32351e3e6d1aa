/** Handwritten digits that every environment reads with the trained LeNet-5, and what PyTorch makes of them. */
import { readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { command } from "../support/commandLine.js";

const LENET5 = fileURLToPath(new URL("../../examples/lenet5/", import.meta.url));
const DEFINITION = fileURLToPath(new URL("../../examples/web/digits.model.ts", import.meta.url));

const values = (name: string): Float32Array =>
  readNpy(readFileSync(join(LENET5, name))).data as Float32Array;

/** Of the 500, enough to tell one network from another. */
const COUNT = 8;
const PIXELS = 28 * 28;
const CLASSES = 10;

/** Of one digit: PyTorch's is this close, whatever the order of sums. */
const TOLERANCE = 1e-4;

/**
 * Writes what a project has beside its template: the network as .onnx and by the builder, and `digits.mjs` and `digits.cjs`,
 * whose `readDigits` gives the logits of each digit as JSON.
 */
export async function writeShared(folder: string): Promise<void> {
  await cp(DEFINITION, join(folder, "digits.model.ts"));
  const options = { weightsFrom: "lenet5.safetensors" };
  await writeFile(join(folder, "digits.tilewright.json"), JSON.stringify(options));
  const weights = join(LENET5, "lenet5.safetensors");
  await cp(weights, join(folder, "lenet5.safetensors"));
  const out = join(folder, "lenet5.onnx");
  const from = ["--weights-from", weights];
  const { code, stderr } = await command(
    ...["export", join(LENET5, "model.ts"), ...from, "--out-file", out],
  );
  if (code !== 0) throw new Error(stderr);
  const pixels = [...values("images.npy").subarray(0, COUNT * PIXELS)];
  const images = Array.from({ length: COUNT }, (_, i) =>
    pixels.slice(i * PIXELS, (i + 1) * PIXELS),
  );
  const text = `const images = ${JSON.stringify(images)};
const read = (network) => (image) =>
  [...network.run({ image: Float32Array.from(image, (value) => value / 255) }).logits];
`;
  const body = "(network) => JSON.stringify(images.map(read(network)));\n";
  const type = `export declare const readDigits: (network: {
  run(inputs: { readonly image: Float32Array }): { readonly logits: Float32Array };
}) => string;
`;
  await writeFile(join(folder, "digits.mjs"), `${text}export const readDigits = ${body}`);
  await writeFile(join(folder, "digits.cjs"), `${text}exports.readDigits = ${body}`);
  await writeFile(join(folder, "digits.d.mts"), type);
  await writeFile(join(folder, "digits.d.cts"), type);
}

/** Throws where the text is not what `readDigits` gives with the trained network. */
export function checkDigits(text: string): void {
  const line = text.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("[[")) throw new Error(`no digits were read: ${text.slice(-2000)}`);
  const found = (JSON.parse(line) as readonly (readonly number[])[]).flat();
  const expected = values("logits.npy").subarray(0, COUNT * CLASSES);
  if (found.length !== expected.length) throw new Error(`${found.length} logits`);
  const worst = found.reduce((most, one, i) => Math.max(most, Math.abs(one - expected[i]!)), 0);
  if (!(worst <= TOLERANCE)) throw new Error(`the logits are wrong by ${worst}`);
}
