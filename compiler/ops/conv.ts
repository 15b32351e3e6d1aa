/** The convolution: one sentence for 1, 2 and 3 dimensions, for groups, depthwise, dilation and every padding. */
import { z } from "zod";
import { addIndex, axisIndex, scaleIndex, ZERO } from "../compute/affine.js";
import { load, mul } from "../compute/expr.js";
import { scalarOf, type Axis, type Compute, type Index, type Boundary } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { indicesOf, kernelInputs, less, sumType, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type Fact, type OperandSpec } from "./op.js";
import {
  leavesInput,
  resolveWindow,
  spatialAxes,
  spatialDims,
  tapIndex,
  WINDOW_ATTRIBUTES,
  windowAttributes,
  type WindowDim,
} from "./window.js";

export const CONV_OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "w" },
  { name: "bias", optional: true },
];
const ATTRIBUTES = z.strictObject({
  ...WINDOW_ATTRIBUTES,
  groups: z
    .int()
    .min(1)
    .max(2 ** 24)
    .default(1),
  /** What a padded element is: zero, or what the mode finds in x. */
  padMode: z.enum(["constant", "reflect", "replicate", "circular"]).default("constant"),
  /** Of narrow integers: what stands for 0 in x, and is what a padded element holds. */
  zero: z.int().default(0),
});
type Attributes = z.output<typeof ATTRIBUTES>;

/**
 * conv(x [n, c, …], w [oc, c/groups, …kernel], bias? [oc]) as in PyTorch and ONNX (a cross-correlation):
 * out[n, o, p] = bias[o] + Σ over i, k of x[n, g·c/groups + i, p·stride + k·dilation − begin] · w[o, i, k].
 * Of i32 it is exact and wraps, and so it is of narrow integers, x less `zero`: a quantised convolution is that.
 */
export const conv = defineOp({
  name: "conv",
  operands: CONV_OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const { groups, zero } = attributes;
    const dtype = sumType(CONV_OPERANDS, inputs, zero);
    const { x, w } = convTypes(inputs);
    const input = spatialDims(x);
    const [channels, outputs, perGroup] = [x.dims[1]!, w.dims[0]!, w.dims[1]!];
    checkChannels(channels, perGroup * groups, w, channels / perGroup, groups);
    if (outputs % groups !== 0) {
      const message = `w ${formatType(w)} yields ${outputs} channels, which ${groups} groups do not divide`;
      reject("shape-mismatch", message);
    }
    checkBias(inputs, outputs, w);
    const window = resolveWindow(attributes, input, w.dims.slice(2));
    checkPadMode(attributes.padMode, window);
    const canonical = windowAttributes(window);
    const padMode = canonical.pads === undefined ? "constant" : attributes.padMode;
    return {
      type: { dtype, dims: [x.dims[0]!, outputs, ...window.map((dim) => dim.output)] },
      attributes: { ...canonical, groups, padMode, zero },
    };
  },
  compute: (context) => ({
    outer: [],
    inputs: kernelInputs(CONV_OPERANDS, context.inputs),
    constants: [],
    temporaries: [],
    computes: [convCompute(context)],
    output: context.output,
  }),
  layout: "channels-last",
});

function convCompute({ inputs, attributes, output }: ComputeContext<Attributes>): Compute {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const window = resolveWindow(attributes, x.dims.slice(2), w.dims.slice(2));
  const n: Axis = { name: "n", extent: output.dims[0]! };
  const channel = channelAxes(attributes.groups, w.dims[1]!, output.dims[1]!);
  const o = spatialAxes("o", output.dims.slice(2));
  const k = spatialAxes("k", w.dims.slice(2));
  const at = window.map((dim, i) => tapIndex(dim, o[i]!, k[i]!));
  const dtype = scalarOf(x.dtype);
  const boundary = boundaryOf(attributes, window);
  const source = load("x", [axisIndex(n), channel.input, ...at], dtype, boundary);
  const weight = load("w", [channel.output, channel.within, ...indicesOf(k)], dtype);
  return {
    target: "out",
    axes: [n, ...channel.axes, ...o],
    reduce: [...channel.reduce, ...k],
    combine: "sum",
    ...(bias === undefined ? {} : { init: load("bias", [channel.output], dtype) }),
    body: mul(less(source, attributes.zero), weight),
    index: [axisIndex(n), channel.output, ...o.map((axis) => axisIndex(axis))],
  };
}

function boundaryOf(
  { padMode, zero }: Attributes,
  window: readonly WindowDim[],
): Boundary | undefined {
  if (!leavesInput(window)) return undefined;
  return padMode === "constant" ? { mode: "constant", value: zero } : { mode: padMode };
}

export interface ChannelAxes {
  /** Output axes g and oc, those that are needed. */
  readonly axes: readonly Axis[];
  /** ic, or none. */
  readonly reduce: readonly Axis[];
  /** The channel of the output: g · oc per group + oc. */
  readonly output: Index;
  /** The output channel inside its group. */
  readonly outputWithin: Index;
  /** The channel of x: g · ic per group + ic. */
  readonly input: Index;
  /** The channel of x inside its group. */
  readonly within: Index;
}

/** One group has no axis g, one channel in a group no ic; depthwise, g alone is the channel. */
export function channelAxes(groups: number, perGroup: number, outputs: number): ChannelAxes {
  const outputsPerGroup = outputs / groups;
  const g = groups === 1 ? [] : [{ name: "g", extent: groups }];
  const oc = groups > 1 && outputsPerGroup === 1 ? [] : [{ name: "oc", extent: outputsPerGroup }];
  const ic = perGroup === 1 ? [] : [{ name: "ic", extent: perGroup }];
  const sum = (axes: readonly Axis[]): Index =>
    addIndex(ZERO, ...axes.map((one) => axisIndex(one)));
  return {
    axes: [...g, ...oc],
    reduce: ic,
    output: addIndex(scaleIndex(sum(g), outputsPerGroup), sum(oc)),
    outputWithin: sum(oc),
    input: addIndex(scaleIndex(sum(g), perGroup), sum(ic)),
    within: sum(ic),
  };
}

/** x and w as operands of equal rank. Throws shape-mismatch. */
export function convTypes(inputs: readonly (Fact | undefined)[]): {
  x: TensorType;
  w: TensorType;
} {
  const [x, w] = [typeOf(inputs, 0), typeOf(inputs, 1)];
  spatialDims(x);
  if (w.dims.length !== x.dims.length) {
    const message = `x is ${formatType(x)} and w is ${formatType(w)}: their numbers of dimensions differ`;
    reject("shape-mismatch", message);
  }
  const empty = w.dims.indexOf(0);
  if (empty >= 0) reject("shape-mismatch", `dimension ${empty} of w ${formatType(w)} is empty`);
  return { x, w };
}

/** `meant` is the number of groups that would make it right, where it is a whole one. */
export function checkChannels(
  channels: number,
  expected: number,
  w: TensorType,
  meant: number,
  groups: number,
): void {
  if (channels === expected) return;
  const times = groups === 1 ? "" : `, ${groups} groups`;
  const message = `x has ${channels} channels but w expects ${expected} (w: ${formatType(w)}${times})`;
  const hint = Number.isInteger(meant) ? `was groups meant to be ${meant}?` : undefined;
  reject("shape-mismatch", message, hint);
}

export function checkBias(
  inputs: readonly (Fact | undefined)[],
  outputs: number,
  w: TensorType,
): void {
  const bias = inputs[2]?.type;
  if (bias === undefined || (bias.dims.length === 1 && bias.dims[0] === outputs)) return;
  const message = `bias is ${formatType(bias)}, but w ${formatType(w)} yields ${outputs} channels`;
  reject("shape-mismatch", message);
}

/** Reflection needs an element beyond the edge for every padded one; wrapping around goes once around. */
function checkPadMode(mode: Attributes["padMode"], window: readonly WindowDim[]): void {
  window.forEach(({ input, begin, end }, i) => checkPads(mode, i, input, begin, end));
}

/** Throws bad-attribute where a mode cannot fill so many padded elements. */
export function checkPads(
  mode: Attributes["padMode"],
  dimension: number,
  input: number,
  begin: number,
  end: number,
): void {
  const most = mode === "reflect" ? input - 1 : mode === "circular" ? input : Infinity;
  if (Math.max(begin, end) <= most) return;
  const message = `dimension ${dimension} of ${input} elements has ${begin} + ${end} of padding`;
  reject("bad-attribute", `${message}: ${mode} can fill at most ${most} on a side`);
}
