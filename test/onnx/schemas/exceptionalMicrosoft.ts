/** Where onnxruntime-web does not take its own ops as it documents them, or computes them another way, each with its reason. */
import { elementCount, tensor } from "../../../compiler/base/tensor.js";
import type { Exception } from "./exceptions.js";
import type { NodeCase } from "./nodeCase.js";
import type { Rewrite } from "./rewritten.js";

const microsoft = (...ops: readonly string[]): readonly string[] =>
  ops.map((op) => `com.microsoft.${op}`);

/** Whether an input is left out that others come after. */
const skipped = ({ inputs }: NodeCase): boolean =>
  inputs.some((input, i) => input === undefined && inputs[i + 1] !== undefined);

/** Zero points that are left out, as zeros. */
const withZeros: Rewrite = (one) => {
  const { dtype } = one.inputs[0]!;
  const zero = (name: string) => {
    return { name, dtype, dims: [], tensor: tensor(dtype, [], [0]), constant: true as const };
  };
  return { ...one, inputs: one.inputs.map((input, i) => input ?? zero(`z${i}`)) };
};

export const exceptionalMicrosoft: readonly Exception[] = [
  {
    ops: microsoft("QLinearAdd", "QLinearMul", "QLinearAveragePool"),
    holds: skipped,
    how: "refused",
    reason: "onnxruntime takes no zero point that is left out but the last; zeros agree",
    instead: withZeros,
    off: 1,
  },
  {
    ops: microsoft("QLinearAveragePool"),
    holds: ({ inputs }) => elementCount(inputs[0]!.dims) > 1,
    how: "differs",
    off: 1,
    reason:
      "where a mean is half way between two steps, the rounding of sums of f32 decides, one by one there",
  },
  {
    ops: microsoft("MatMulNBits"),
    holds: ({ inputs }) => inputs[4] !== undefined,
    how: "unsupported",
    reason: "the order of channels that onnxruntime itself no longer documents",
  },
  {
    ops: microsoft("MatMulNBits"),
    holds: ({ inputs, attributes }) => attributes["bits"] === 8 && inputs[3]?.dtype === "f32",
    how: "refused",
    reason: "onnxruntime takes zero points that are floats with 2 and 4 bits alone",
  },
];
