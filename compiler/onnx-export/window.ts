/** How convolutions, matrix products and normalisations are said in ONNX: one row an op. */
import type { OpName } from "../graph/graph.js";
import { elementCount } from "../base/tensor.js";
import { integerConv, integerPointwise, integerProduct, type Arrange } from "./integers.js";
import {
  filled,
  float,
  int,
  intList,
  ints,
  reshaped,
  step,
  text,
  type OnnxAttributes,
  type Site,
  type Step,
} from "./site.js";

interface Window {
  readonly strides?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
}

/** Kernel, strides and dilations. */
export function windowOf(attributes: Window, kernel: readonly number[]): OnnxAttributes {
  const { strides, dilations } = attributes;
  return {
    kernel_shape: ints(kernel),
    strides: strides && ints(strides),
    dilations: dilations && ints(dilations),
  };
}

/** Graphs hold numbers where definitions may say `sameUpper`. */
export function numericPads(
  pads: readonly number[] | string | undefined,
): readonly number[] | undefined {
  if (typeof pads === "string") throw new Error(`pads ${pads} were not resolved`);
  return pads;
}

export const ONNX_PAD_MODES = {
  constant: "constant",
  reflect: "reflect",
  replicate: "edge",
  circular: "wrap",
} as const;

/** Conv pads with zeros only: conv {padMode=reflect} => Pad, Conv. */
function conv(site: Site<"conv">): Step {
  const { attributes } = site.node;
  const [x, ...rest] = site.inputs;
  const pads = numericPads(attributes.pads);
  const rank = site.types[0]!.dims.length - 2;
  const zeros = attributes.padMode === "constant" || pads === undefined;
  const pad = (list: readonly number[]): string => {
    const all = [0, 0, ...list.slice(0, rank), 0, 0, ...list.slice(rank)];
    return site.emit(
      step("Pad", [x!, intList(site, all)], { mode: text(ONNX_PAD_MODES[attributes.padMode]) }),
    );
  };
  const window = {
    ...windowOf(attributes, site.types[1]!.dims.slice(2)),
    pads: zeros ? pads && ints(pads) : undefined,
    group: int(attributes.groups),
  };
  if (site.node.type.dtype !== "f32") return integerConv(site, window);
  return step("Conv", [zeros ? x! : pad(pads), ...rest], window);
}

/** Outputs that no tap reaches are the bias alone: convTranspose {pads=[-1,0]} => ConvTranspose, Pad, Add. */
function convTranspose(site: Site<"convTranspose">): Step {
  const { attributes, type } = site.node;
  const pads = numericPads(attributes.pads);
  const [x, w, bias] = site.inputs as [string, string, string?];
  const spread = (inputs: readonly string[]): Step =>
    step("ConvTranspose", inputs, {
      ...windowOf(attributes, site.types[1]!.dims.slice(2)),
      pads: pads && ints(pads.map((pad) => Math.max(0, pad))),
      output_padding: attributes.outputPads && ints(attributes.outputPads),
      group: int(attributes.groups),
    });
  if (pads === undefined || pads.every((pad) => pad >= 0)) return spread(site.inputs);
  const more = pads.map((pad) => Math.max(0, -pad));
  const rank = type.dims.length - 2;
  const sides = [0, 0, ...more.slice(0, rank), 0, 0, ...more.slice(rank)];
  const padded = step("Pad", [site.emit(spread([x, w])), intList(site, sides)]);
  if (bias === undefined) return padded;
  const perChannel = reshaped(site, bias, [-1, ...new Array<number>(rank).fill(1)]);
  return step("Add", [site.emit(padded), perChannel]);
}

function matmul(site: Site<"matmul">): Step {
  const { axis } = site.node.attributes;
  const [a, b, bias] = site.inputs as [string, string, string?];
  const { dims, dtype } = site.types[0]!;
  const isFloat = site.node.type.dtype === "f32";
  if (axis === 1 && dims.length === 2 && isFloat)
    return step("Gemm", [a, b, ...(bias ? [bias] : [])], { transB: int(1) });
  const isMap = axis === 1 && dims.length >= 3 && dims.length <= 5;
  if (isMap && isFloat) return pointwiseConv(site);
  const pointwise = isMap ? integerPointwise(site) : undefined;
  if (pointwise !== undefined) return pointwise;
  const last = dims.length - 1;
  const swapped = dims.map((_, i) => (i === axis ? last : i === last ? axis! : i));
  const swap = (value: string): Step => step("Transpose", [value], { perm: ints(swapped) });
  const turned = axis !== undefined && axis !== last;
  const transposed = (value: string): string =>
    value === b
      ? site.transposed(1)
      : site.emit(step("Transpose", [value], { perm: ints([1, 0]) }));
  const arrange: Arrange = (left, right) => [
    turned ? site.emit(swap(left)) : left,
    axis === undefined ? right : transposed(right),
  ];
  const product =
    dtype === site.node.type.dtype && dtype !== "i32"
      ? step("MatMul", arrange(a, b))
      : integerProduct(site, arrange);
  const sum = bias ? step("Add", [site.emit(product), bias]) : product;
  return turned ? swap(site.emit(sum)) : sum;
}

/** matmul {axis=1} of [n, c, …] => Conv with a kernel of ones. */
function pointwiseConv(site: Site<"matmul">): Step {
  const ones = new Array<number>(site.types[0]!.dims.length - 2).fill(1);
  const [a, b, ...bias] = site.inputs;
  const weights = reshaped(site, b!, [...site.types[1]!.dims, ...ones]);
  return step("Conv", [a!, weights, ...bias], { kernel_shape: ints(ones) });
}

/** Scale and bias, ones and zeros where they are absent. */
function affine(site: Site<"layerNorm" | "instanceNorm">, dims: readonly number[]): string[] {
  const [, scale, bias] = site.inputs;
  return [
    scale ? scale : filled(site, dims, 1),
    ...(bias ? [bias] : site.node.op === "layerNorm" ? [] : [filled(site, dims, 0)]),
  ];
}

function layerNorm(site: Site<"layerNorm">): Step {
  const { axis, epsilon } = site.node.attributes;
  const dims = site.types[0]!.dims.slice(axis);
  return step("LayerNormalization", [site.inputs[0]!, ...affine(site, dims)], {
    axis: int(axis),
    epsilon: float(epsilon),
  });
}

/** Opset 23 has RMSNormalization: rmsNorm => x / Sqrt(ReduceMean(x · x) + ε) · scale. */
function rmsNorm(site: Site<"rmsNorm">): Step {
  const { axis, epsilon } = site.node.attributes;
  const [x, scale] = site.inputs as [string, string?];
  const axes = site.types[0]!.dims.map((_, d) => d).slice(axis);
  const square = site.emit(step("Mul", [x, x]));
  const mean = site.emit(step("ReduceMean", [square, intList(site, axes)]));
  const shifted = site.emit(step("Add", [mean, filled(site, [], epsilon)]));
  const normal = step("Div", [x, site.emit(step("Sqrt", [shifted]))]);
  return scale ? step("Mul", [site.emit(normal), scale]) : normal;
}

function instanceNorm(site: Site<"instanceNorm">): Step {
  const dims = [site.types[0]!.dims[1]!];
  return step("InstanceNormalization", [site.inputs[0]!, ...affine(site, dims)], {
    epsilon: float(site.node.attributes.epsilon),
  });
}

/** Opset 20's GroupNormalization scales groups, not channels: groups become the channels of an instance norm. */
function groupNorm(site: Site<"groupNorm">): Step {
  const { dims } = site.types[0]!;
  const { groups, epsilon } = site.node.attributes;
  const [x, scale, bias] = site.inputs;
  const perGroup = elementCount(dims.slice(1)) / groups;
  const grouped = reshaped(site, x!, [dims[0]!, groups, perGroup]);
  const parameters = [filled(site, [groups], 1), filled(site, [groups], 0)];
  const normal = site.emit(
    step("InstanceNormalization", [grouped, ...parameters], { epsilon: float(epsilon) }),
  );
  let result = step("Reshape", [normal, intList(site, dims)]);
  const channels = [dims[1]!, ...dims.slice(2).map(() => 1)];
  for (const [opType, parameter] of [["Mul", scale] as const, ["Add", bias] as const]) {
    if (!parameter) continue;
    result = step(opType, [site.emit(result), reshaped(site, parameter, channels)]);
  }
  return result;
}

export const windowExporters = {
  conv,
  convTranspose,
  matmul,
  einsum: ({ inputs, node }: Site<"einsum">) =>
    step("Einsum", inputs, { equation: text(node.attributes.equation) }),
  batchNorm: ({ inputs, node }: Site<"batchNorm">) =>
    step("BatchNormalization", inputs, { epsilon: float(node.attributes.epsilon) }),
  layerNorm,
  rmsNorm,
  instanceNorm,
  groupNorm,
  localResponseNorm: ({ inputs, node: { attributes } }: Site<"localResponseNorm">) =>
    step("LRN", inputs, {
      size: int(attributes.size),
      alpha: float(attributes.alpha),
      beta: float(attributes.beta),
      bias: float(attributes.bias),
    }),
} satisfies { [Name in OpName]?: (site: Site<Name>) => Step };
