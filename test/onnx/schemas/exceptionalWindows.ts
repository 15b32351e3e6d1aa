/** Windows and resizes that onnxruntime-web and Tilewright make different things of, each with its reason. */
import { attribute, listed, numbers } from "./caseFacts.js";
import type { Exception } from "./exceptions.js";
import type { NodeCase } from "./nodeCase.js";

const same = (one: NodeCase): boolean => attribute(one, "auto_pad").startsWith("SAME");
const dilated = (one: NodeCase): boolean => listed(one, "dilations").some((gap) => gap > 1);

/** SAME whose pads would be negative. */
const overstepping = (one: NodeCase): boolean =>
  same(one) &&
  listed(one, "strides").some((stride, i) => {
    const kernel = listed(one, "kernel_shape")[i] ?? one.inputs[1]?.dims[i + 2] ?? 1;
    return stride > (kernel - 1) * (listed(one, "dilations")[i] ?? 1) + 1;
  });

const WINDOWS: readonly Exception[] = [
  {
    ops: [
      "Conv",
      "ConvInteger",
      "QLinearConv",
      "com.microsoft.FusedConv",
      "com.microsoft.QLinearConv",
    ],
    holds: (one) => same(one) && dilated(one),
    how: "refused",
    reason: "onnxruntime has no SAME with dilations",
  },
  {
    ops: ["MaxPool", "LpPool", "AveragePool", "com.microsoft.NhwcMaxPool"],
    holds: (one) => same(one) && dilated(one),
    how: "differs",
    reason: "onnxruntime pads for the kernel without its dilations; ONNX's formula has them",
  },
  {
    ops: [
      ...["MaxPool", "LpPool", "AveragePool", "Conv", "ConvTranspose"],
      ...["com.microsoft.FusedConv", "com.microsoft.QLinearAveragePool"],
      "com.microsoft.NhwcMaxPool",
    ],
    holds: overstepping,
    how: "differs",
    reason:
      "where strides step over elements ONNX's pads are negative: none here, crops or an error there",
  },
];

const COLUMNS: readonly Exception[] = [
  {
    ops: ["Col2Im"],
    holds: (one) =>
      one.inputs[1]!.dims[0] !== 2 &&
      dilated(one) &&
      listed(one, "strides").some((stride) => stride > 1),
    how: "differs",
    reason:
      "onnxruntime loses elements of 1 and 3 dimensions with strides and dilations; a sum by hand agrees",
  },
];

const UNPOOLED: readonly Exception[] = [
  {
    ops: ["MaxUnpool"],
    holds: ({ inputs }) => inputs[2] !== undefined,
    how: "differs",
    reason:
      "places count in the smallest output, as ONNX's own case has it; onnxruntime counts in the one asked for",
  },
];

const coordinates = (one: NodeCase): string => attribute(one, "coordinate_transformation_mode");

/** Sizes or scales of a resize, each with the size that it changes. */
function factors(one: NodeCase, input: number): (readonly [number, number])[] {
  const { dims } = one.inputs[0]!;
  const axes = listed(one, "axes");
  return numbers(one, input).map((factor, i) => {
    return [factor, dims[((axes[i] ?? i) + dims.length) % dims.length]!] as const;
  });
}

/** Inputs times their scales are no whole numbers, and the coordinates ask for them. */
const fractional = (one: NodeCase): boolean =>
  ["tf_crop_and_resize", "align_corners"].includes(coordinates(one)) &&
  factors(one, 2).some(([scale, size]) => !Number.isInteger(Math.fround(size * scale)));

/** Crops of a dimension to as many elements as it has. */
const cropsToSame = (one: NodeCase): boolean =>
  coordinates(one) === "tf_crop_and_resize" &&
  [...factors(one, 2).map(([scale]) => scale), ...factors(one, 3).map(([to, size]) => to / size)]
    .slice(-2)
    .includes(1);

const RESIZES: readonly Exception[] = [
  {
    ops: ["Resize"],
    holds: (one) =>
      listed(one, "axes").some((axis) => axis < 0) &&
      attribute(one, "keep_aspect_ratio_policy").startsWith("not_"),
    how: "differs",
    reason: "onnxruntime keeps other ratios than ONNX says where axes are counted from the end",
  },
  {
    ops: ["Resize"],
    holds: cropsToSame,
    how: "differs",
    reason: "onnxruntime does not crop along a dimension that stays as long",
  },
  {
    ops: ["Resize"],
    holds: fractional,
    how: "differs",
    reason:
      "the output is input · scale long, which need not be whole: ONNX's own cases have it so, onnxruntime rounds",
  },
];

export const exceptionalWindows: readonly Exception[] = [
  ...WINDOWS,
  ...COLUMNS,
  ...UNPOOLED,
  ...RESIZES,
];
