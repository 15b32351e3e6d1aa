/** LeNet-5 with its trained weights, and the digits that it reads, as samples with labels. */
import { readFileSync } from "node:fs";
import { withWeights } from "../../compiler/frontend/weights/assign.js";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { readSafetensors } from "../../compiler/frontend/weights/safetensors.js";
import type { Sample } from "../../compiler/quantize/samples.js";
import lenet5 from "../../examples/lenet5/model.js";

const file = (name: string): Uint8Array =>
  readFileSync(new URL(`../../examples/lenet5/${name}`, import.meta.url));

export const trainedLenet5 = () => withWeights(lenet5, readSafetensors(file("lenet5.safetensors")));

/** All 500. */
export function digits(): Sample[] {
  const [images, labels] = [readNpy(file("images.npy")), readNpy(file("labels.npy"))];
  const pixels = images.data as Float32Array;
  return Array.from(labels.data as Float32Array, (label, i) => ({
    label,
    inputs: { image: pixels.slice(i * 784, (i + 1) * 784).map((value) => value / 255) },
  }));
}
