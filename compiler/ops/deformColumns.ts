/** deformColumns: the windows of a convolution whose taps lie where offsets say (Dai et al. 2017), as columns. */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  indexExpr,
  opaqueIndex,
  scaleIndex,
  constantIndex,
} from "../compute/affine.js";
import { add, binary, cast, load, max, min, mul, select, sub, unary } from "../compute/expr.js";
import type { Axis, Compute, Index, Kernel, Temporary } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { checkDTypes, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import {
  KERNEL,
  resolveWindow,
  WINDOW_ATTRIBUTES,
  windowAttributes,
  type WindowDim,
} from "./window.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "offset" },
  { name: "mask", optional: true },
];
const count = z
  .int()
  .min(1)
  .max(2 ** 24)
  .default(1);
const ATTRIBUTES = z.strictObject({
  ...WINDOW_ATTRIBUTES,
  kernel: KERNEL,
  /** Parts of the channels that lie together: [groups, kh, kw, c / groups]. */
  groups: count,
  /** Parts of the channels with offsets of their own. */
  offsetGroups: count,
});
type Attributes = z.output<typeof ATTRIBUTES>;
type Context = ComputeContext<Attributes>;

/**
 * out[n, (g, kh, kw, c), o…] = x[n, (g, c), at o · stride + k · dilation − begin + offset], interpolated between
 * four elements, 0 outside, times a mask: ONNX DeformConv and torchvision deform_conv2d are a pointwise
 * convolution of that.
 */
export const deformColumns = defineOp({
  name: "deformColumns",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    checkDTypes(OPERANDS, inputs, FLOAT);
    const x = typeOf(inputs, 0);
    const { kernel, groups, offsetGroups } = attributes;
    if (x.dims.length !== 4 || kernel.length !== 2) {
      reject(
        "shape-mismatch",
        `x is ${formatType(x)}, expected f32[n,c,h,w] and a kernel of two numbers`,
      );
    }
    const channels = x.dims[1]!;
    if (channels % groups !== 0 || channels % offsetGroups !== 0) {
      const message = `x has ${channels} channels, which ${groups} groups or ${offsetGroups} of offsets do not divide`;
      reject("shape-mismatch", message);
    }
    const window = resolveWindow(attributes, x.dims.slice(2), kernel);
    const out = window.map((dim) => dim.output);
    const taps = offsetGroups * kernel[0]! * kernel[1]!;
    checkTaps("offset", typeOf(inputs, 1), [x.dims[0]!, 2 * taps, ...out]);
    if (inputs[2] !== undefined) checkTaps("mask", inputs[2].type, [x.dims[0]!, taps, ...out]);
    return {
      type: { dtype: "f32", dims: [x.dims[0]!, channels * kernel[0]! * kernel[1]!, ...out] },
      attributes: { ...windowAttributes(window), kernel, groups, offsetGroups },
    };
  },
  compute: columnsKernel,
  layout: "channels-last",
  /** A position is rounded to f32 before it is told apart from its neighbours. */
  tolerance: 32,
});

function checkTaps(name: string, type: TensorType, dims: readonly number[]): void {
  if (type.dims.join() === dims.join()) return;
  reject("shape-mismatch", `${name} is ${formatType(type)}, expected f32[${dims.join(",")}]`);
}

/** The axes of one position of the output: offset groups and taps, and which of two elements. */
interface Taps {
  readonly groups: Axis;
  readonly k: readonly [Axis, Axis];
  readonly two: readonly [Axis, Axis];
}

/** Per position of the output: where the taps lie and what weights their elements have; then every channel. */
function columnsKernel({ inputs, attributes, output }: Context): Kernel {
  const x = inputs[0]!;
  const { kernel, groups, offsetGroups } = attributes;
  const [n, oh, ow] = [0, 2, 3].map((d, i) => ({
    name: ["n", "oh", "ow"][i]!,
    extent: output.dims[d]!,
  })) as [Axis, Axis, Axis];
  const window = resolveWindow(attributes, x.dims.slice(2), kernel) as [WindowDim, WindowDim];
  const [kh, kw] = ["kh", "kw"].map((name, d) => ({ name, extent: kernel[d]! })) as [Axis, Axis];
  const taps: Taps = {
    groups: { name: "m", extent: offsetGroups },
    k: [kh, kw],
    two: [
      { name: "h", extent: 2 },
      { name: "w", extent: 2 },
    ],
  };
  const outer = [n, oh, ow];
  const steps = [0, 1].map((d) => stepsOf(d, outer, window[d]!, taps));
  const g: Axis = { name: "g", extent: groups };
  const within = x.dims[1]! / groups;
  const c: Axis = { name: "c", extent: within };
  const channel = addIndex(scaleIndex(axisIndex(g), within), axisIndex(c));
  const owner = floorDivIndex(channel, x.dims[1]! / offsetGroups, extentsOf([g, c]));
  const along = (d: number): readonly Index[] => [
    owner,
    axisIndex(kh),
    axisIndex(kw),
    axisIndex(taps.two[d]!),
  ];
  const at = window.map(({ input }, d) =>
    opaqueIndex(load(`at_${d}`, along(d), "i32"), -BEYOND, input + BEYOND),
  );
  const outside = { mode: "constant", value: 0 } as const;
  const value = load("x", [axisIndex(n), channel, ...at], "f32", outside);
  const weights = [0, 1].map((d) => load(`weight_${d}`, along(d)));
  const result: Compute = {
    target: "out",
    axes: [g, kh, kw, c],
    reduce: taps.two,
    combine: "sum",
    body: mul(mul(weights[0]!, weights[1]!), value),
    index: [axisIndex(n), nested([g, kh, kw, c]), axisIndex(oh), axisIndex(ow)],
  };
  return {
    outer,
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: steps.flatMap((step) => step.temporaries),
    computes: [...steps.flatMap((step) => step.computes(inputs[2] !== undefined)), result],
    output,
  };
}

/** Positions further outside are held here, where all elements are zeros. */
const BEYOND = 4;

/** Axes as one index, the last of them fastest. */
function nested(axes: readonly Axis[]): Index {
  return axes.reduce<Index>(
    (index, axis) => addIndex(scaleIndex(index, axis.extent), axisIndex(axis)),
    constantIndex(0),
  );
}

/** Two elements along one dimension for every tap, and their weights; those of rows have the mask in them. */
function stepsOf(
  d: number,
  [n, oh, ow]: readonly Axis[],
  dim: WindowDim,
  { groups, k, two }: Taps,
) {
  const axes = [groups, ...k];
  const dims = axes.map(({ extent }) => extent);
  const tap = nested(axes);
  const place = [axisIndex(oh!), axisIndex(ow!)];
  const start = addIndex(
    scaleIndex(place[d]!, dim.stride),
    scaleIndex(axisIndex(k[d]!), dim.dilation),
    -dim.begin,
  );
  const given = load("offset", [axisIndex(n!), addIndex(scaleIndex(tap, 2), d), ...place]);
  const moved = add(cast("f32", indexExpr(start)), given);
  const held = min(max(moved, -2), dim.input + 1);
  const position = load(`position_${d}`, indicesOf(axes));
  const low = unary("floor", position);
  const second = indexExpr(axisIndex(two[d]!));
  const fraction = sub(position, low);
  const weight = select(binary("gt", second, 0), fraction, sub(1, fraction));
  const mask = load("mask", [axisIndex(n!), tap, ...place]);
  const both = { axes: [...axes, two[d]!], reduce: [], index: indicesOf([...axes, two[d]!]) };
  const temporaries: readonly Temporary[] = [
    { name: `position_${d}`, dtype: "f32", dims },
    { name: `at_${d}`, dtype: "i32", dims: [...dims, 2] },
    { name: `weight_${d}`, dtype: "f32", dims: [...dims, 2] },
  ];
  const computes = (masked: boolean): readonly Compute[] => [
    { target: `position_${d}`, axes, reduce: [], body: held, index: indicesOf(axes) },
    { target: `at_${d}`, ...both, body: add(cast("i32", low), second) },
    { target: `weight_${d}`, ...both, body: masked && d === 0 ? mul(weight, mask) : weight },
  ];
  return { temporaries, computes };
}
