/** Values that onnxruntime-web and Tilewright make different things of, each with its reason. */
import { elementCount } from "../../../compiler/base/tensor.js";
import { attribute, large, listed, numbers, some, special } from "./caseFacts.js";
import type { Exception } from "./exceptions.js";
import type { NodeCase } from "./nodeCase.js";

/** What a normalisation takes the mean of, group by group. */
function groupsOf(one: NodeCase): number[][] {
  const { dims } = one.inputs[0]!;
  const groups = one.attributes["num_groups"] as number | undefined;
  const count = elementCount(dims);
  const viewed = groups === undefined ? dims : [dims[0]!, groups, count / dims[0]! / groups];
  const given = listed(one, "axes").map((axis) => (axis + dims.length) % dims.length);
  const spatial = viewed.flatMap((_, axis) => (axis >= 2 ? [axis] : []));
  const whole = one.op === "MeanVarianceNormalization";
  const axes = given.length > 0 ? given : whole ? [0, ...spatial] : spatial;
  const found = new Map<number, number[]>();
  numbers(one, 0).forEach((value, i) => {
    let [rest, key] = [i, 0];
    for (let axis = viewed.length - 1; axis >= 0; axis--) {
      const at = rest % viewed[axis]!;
      rest = Math.floor(rest / viewed[axis]!);
      if (!axes.includes(axis)) key = key * 64 + at;
    }
    found.set(key, [...(found.get(key) ?? []), value]);
  });
  return [...found.values()];
}

/** Whether the mean is large beside the deviation. */
function alike(values: readonly number[]): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return !(mean * mean < 30 * variance);
}

const INTERPOLATED = ["linear", "cubic", "bilinear", "bicubic"];

const ZEROS: readonly Exception[] = [
  {
    ops: ["RoiAlign"],
    holds: (one) => attribute(one, "mode") === "max",
    how: "zeros",
    reason: "of zeros of either sign the maximum is +0 here, as in IEEE 754; ONNX does not say",
  },
  {
    ops: ["Relu"],
    holds: some(0, (value) => Object.is(value, -0)),
    how: "zeros",
    reason: "max(−0, 0) is 0 here, as IEEE 754's maximum has it; ONNX does not say",
  },
  {
    ops: ["Where"],
    holds: ({ inputs }) => inputs[1]!.dtype === "f32",
    how: "zeros",
    reason: "onnxruntime adds 0 to what it chooses, which makes 0 of −0",
  },
  {
    ops: ["Sign"],
    holds: some(0, (value) => Object.is(value, -0)),
    how: "zeros",
    reason: "the sign of −0 is −0 here, as in PyTorch; ONNX says 0 of either",
  },
  {
    ops: ["Elu", "Selu", "Celu"],
    holds: some(0, (value) => Math.abs(value) < 2 ** -100),
    how: "zeros",
    reason: "results around the least f32 keep their sign here; onnxruntime loses it in exp(x) − 1",
  },
  {
    ops: ["AveragePool", "Resize", "Upsample"],
    holds: some(0, (value) => Object.is(value, -0)),
    how: "zeros",
    reason: "sums begin at 0 here, which −0 does not change",
  },
];

const NAN: readonly Exception[] = [
  {
    ops: ["QuantizeLinear"],
    holds: (one) =>
      Number(attribute(one, "block_size")) > 0 && some(0, (value) => !(Math.abs(value) < 1e6))(one),
    how: "differs",
    reason: "in blocks onnxruntime makes the zero point of NaN, and wraps what int32 has not",
  },
  {
    ops: ["MaxPool"],
    holds: some(0, (value) => !(value > -Infinity)),
    how: "differs",
    reason:
      "onnxruntime loses NaN and −∞, depending on where in the window they stand; they stay here",
  },
  {
    ops: ["GlobalMaxPool", "ReduceMax", "ReduceMin", "ReduceLogSumExp"],
    holds: some(0, special),
    how: "differs",
    reason:
      "onnxruntime loses NaN, depending on where it stands; numpy, which ONNX refers to, keeps it",
  },
  {
    ops: ["ArgMax", "ArgMin", "Hardmax", "TopK"],
    holds: some(0, Number.isNaN),
    how: "differs",
    reason:
      "NaN is the largest and the least here, as in numpy and PyTorch; onnxruntime compares with it",
  },
  {
    ops: ["Resize", "Upsample", "GridSample", "com.microsoft.GridSample"],
    holds: (one) => INTERPOLATED.includes(attribute(one, "mode")) && some(0, large)(one),
    how: "differs",
    reason:
      "whether a neighbour of weight 0 is read at all is an engine's own: 0 · ∞, and f32's rounding",
  },
  {
    ops: ["GridSample", "com.microsoft.GridSample"],
    holds: (one) => one.attributes["mode"] === undefined && some(0, large)(one),
    how: "differs",
    reason:
      "whether a neighbour of weight 0 is read at all is an engine's own: 0 · ∞, and f32's rounding",
  },
  {
    ops: [
      "LayerNormalization",
      "GroupNormalization",
      "InstanceNormalization",
      "MeanVarianceNormalization",
      "BatchNormalization",
    ],
    holds: some(0, special),
    how: "differs",
    reason: "the mean of what is infinite: onnxruntime updates it element by element, and gets NaN",
  },
];

/** Whether a reduction of integers could leave 32 bits. */
function overflowing(one: NodeCase): boolean {
  if (one.inputs[0]!.dtype === "f32") return false;
  const sizes = numbers(one, 0).map(Math.abs);
  const most = {
    ReduceProd: sizes.reduce((product, size) => product * Math.max(1, size), 1),
    ReduceSumSquare: sizes.reduce((sum, size) => sum + size * size, 0),
  }[one.op];
  return (most ?? sizes.reduce((sum, size) => sum + size, 0)) >= 2 ** 31;
}

const NUMBERS: readonly Exception[] = [
  {
    ops: ["ReduceSum", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceSumSquare"],
    holds: overflowing,
    how: "differs",
    reason: "overflow: wraps here as numpy does, saturates in onnxruntime; ONNX does not say",
  },
  {
    ops: ["Clip"],
    holds: some(0, special),
    how: "differs",
    reason: "a bound that is left out is none here; onnxruntime takes the largest f32, below ∞",
  },
  {
    ops: ["Sin", "Cos", "Tan"],
    holds: some(0, (value) => Math.abs(value) > 1e4),
    how: "differs",
    imprecise: true,
    reason: "angles beyond 10^4 lose their digits in the emitted polynomials",
  },
  {
    ops: ["Pow"],
    holds: (one) =>
      one.inputs[0]!.dtype !== "f32" && some(0, (value) => Math.abs(value) >= 2 ** 12)(one),
    how: "differs",
    reason: "powers of integers pass through f32",
  },
  {
    ops: ["LRN"],
    holds: some(0, large),
    how: "differs",
    reason:
      "onnxruntime slides a sum of squares over the channels, in which large values leave their traces",
  },
  {
    ops: ["MeanVarianceNormalization", "GroupNormalization", "InstanceNormalization"],
    holds: (one) => groupsOf(one).some(alike),
    how: "differs",
    reason:
      "onnxruntime takes the variance as E[x²] − E[x]², which cancels where elements are alike",
  },
  {
    ops: ["Dropout"],
    holds: ({ opset, outputs }) => opset < 12 && outputs.length > 1,
    how: "differs",
    reason:
      "before opset 12 ONNX does not say what the mask is where nothing is dropped: true here, as since then",
  },
];

export const exceptionalValues: readonly Exception[] = [...NAN, ...NUMBERS, ...ZEROS];
