/** Transforms and windows that onnxruntime-web and Tilewright make different things of, each with its reason. */
import { numbers } from "./caseFacts.js";
import type { Exception } from "./exceptions.js";
import type { NodeCase } from "./nodeCase.js";

/** How many samples a transform is of. */
function lengthOf(one: NodeCase): number {
  const { dims } = one.inputs[0]!;
  if (one.op === "STFT") return one.inputs[2]?.dims[0] ?? numbers(one, 3)[0]!;
  const byDefault = one.since < 20 ? 1 : -2;
  const axis = numbers(one, 2)[0] ?? (one.attributes["axis"] as number | undefined) ?? byDefault;
  return numbers(one, 1)[0] ?? dims.at(axis)!;
}

export const exceptionalSounds: readonly Exception[] = [
  {
    ops: ["HannWindow", "HammingWindow", "BlackmanWindow"],
    holds: ({ attributes }) => (attributes["output_datatype"] ?? 1) === 1,
    how: "differs",
    off: 2e-7,
    reason: "onnxruntime rounds every step to f32; constants are rounded once here",
  },
  {
    ops: ["STFT"],
    holds: ({ inputs }) => inputs[0]!.dims[2] === 2 && inputs[2] !== undefined,
    how: "differs",
    reason: "onnxruntime reads beyond the window where signals are complex; numpy.fft agrees",
  },
  {
    ops: ["DFT", "STFT"],
    holds: (one) => !Number.isInteger(Math.log2(lengthOf(one))),
    how: "differs",
    off: 1e-4,
    reason: "onnxruntime goes by chirps where lengths are no powers of two, and is less exact",
  },
];
