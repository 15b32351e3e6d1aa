/** Layer, root mean square, group and instance normalisation: by statistics of the values themselves. */
import { z } from "zod";
import { addIndex, axisIndex, scaleIndex, ZERO } from "../compute/affine.js";
import { accumulator, add, div, load, mul, sub, unary } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../compute/ir.js";
import { elementCount, formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis } from "./axes.js";
import { checkParameters, epsilon, operandOf } from "./normOperands.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";

const AFFINE: readonly OperandSpec[] = [
  { name: "x" },
  { name: "scale", optional: true },
  { name: "bias", optional: true },
];

interface Statistics {
  /** One mean and deviation for each point of these. */
  readonly outer: readonly Axis[];
  /** What they are taken over. */
  readonly over: readonly Axis[];
  /** The element of x at a point of both. */
  readonly index: readonly Index[];
  /** The element of scale and bias there. */
  readonly parameter: readonly Index[];
}

/**
 * The mean, then the mean square of what is left of it, then (x − mean) / √(variance + ε) · scale + bias. All of it
 * of differences to the first element, which lies within √count deviations of the mean: of values far from zero
 * neither the sum nor the mean itself would have enough digits in f32.
 */
function statisticsKernel(
  { inputs, output }: ComputeContext<unknown>,
  eps: number,
  { outer, over, index, parameter }: Statistics,
): Kernel {
  const count = over.reduce((product, axis) => product * axis.extent, 1);
  const names = new Set<unknown>(over.map(({ name }) => name));
  const start = ({ terms, constant }: Index): Index => ({
    terms: terms.filter(({ of }) => !names.has(of)),
    constant,
  });
  const x = load("x", index);
  const shifted = sub(x, load("first", []));
  const centred = sub(shifted, load("mean", []));
  const sum = (target: string, body: Expr, epilogue: Expr): Compute => {
    return { target, axes: [], reduce: over, combine: "sum", body, epilogue, index: [] };
  };
  const variance = div(accumulator(), count);
  const normal = mul(centred, load("inverse", []));
  const scaled = inputs[1] === undefined ? normal : mul(normal, load("scale", parameter));
  const body = inputs[2] === undefined ? scaled : add(scaled, load("bias", parameter));
  return {
    outer,
    inputs: kernelInputs(AFFINE, inputs),
    constants: [],
    temporaries: [
      { name: "first", dtype: "f32", dims: [] },
      { name: "mean", dtype: "f32", dims: [] },
      { name: "inverse", dtype: "f32", dims: [] },
    ],
    computes: [
      { target: "first", axes: [], reduce: [], body: load("x", index.map(start)), index: [] },
      sum("mean", shifted, div(accumulator(), count)),
      sum("inverse", mul(centred, centred), div(1, unary("sqrt", add(variance, eps)))),
      { target: "out", axes: over, reduce: [], body, index },
    ],
    output,
  };
}

/** Normalises the dims from `axis` on together; scale and bias have those dims. */
export const layerNorm = defineOp({
  name: "layerNorm",
  operands: AFFINE,
  attributes: z.strictObject({ axis: z.int().default(-1), epsilon }),
  infer(inputs, given) {
    const x = operandOf(inputs, 1);
    const axis = normalizeAxis(given.axis, x.dims.length);
    checkParameters(AFFINE, inputs, x.dims.slice(axis));
    return { type: x, attributes: { axis, epsilon: given.epsilon } };
  },
  compute(context) {
    const axes = axesOf(context.output.dims);
    const axis = normalizeAxis(context.attributes.axis, axes.length);
    const over = axes.slice(axis);
    return statisticsKernel(context, context.attributes.epsilon, {
      outer: axes.slice(0, axis),
      over,
      index: indicesOf(axes),
      parameter: indicesOf(over),
    });
  },
  layout: "operand",
  tolerance: 16,
});

/**
 * x / √(mean x² + ε) · scale over the dims from `axis` on; scale has those dims (Zhang & Sennrich 2019, ONNX
 * RMSNormalization).
 */
export const rmsNorm = defineOp({
  name: "rmsNorm",
  operands: AFFINE.slice(0, 2),
  attributes: z.strictObject({ axis: z.int().default(-1), epsilon }),
  infer(inputs, given) {
    const x = operandOf(inputs, 1);
    const axis = normalizeAxis(given.axis, x.dims.length);
    checkParameters(AFFINE, inputs, x.dims.slice(axis));
    return { type: x, attributes: { axis, epsilon: given.epsilon } };
  },
  compute({ inputs, attributes, output }) {
    const axes = axesOf(output.dims);
    const over = axes.slice(attributes.axis);
    const x = load("x", indicesOf(axes));
    const square = div(accumulator(), elementCount(over.map(({ extent }) => extent)));
    const inverse = div(1, unary("sqrt", add(square, attributes.epsilon)));
    const normal = mul(x, load("inverse", []));
    const body = inputs[1] === undefined ? normal : mul(normal, load("scale", indicesOf(over)));
    return {
      outer: axes.slice(0, attributes.axis),
      inputs: kernelInputs(AFFINE, inputs),
      constants: [],
      temporaries: [{ name: "inverse", dtype: "f32", dims: [] }],
      computes: [
        {
          ...{ target: "inverse", axes: [], reduce: over, combine: "sum", index: [] },
          body: mul(x, x),
          epilogue: inverse,
        },
        { target: "out", axes: over, reduce: [], body, index: indicesOf(axes) },
      ],
      output,
    };
  },
  layout: "operand",
  tolerance: 16,
});

/** Normalises the channels of each group together with their positions; scale and bias are [c]. */
export const groupNorm = defineOp({
  name: "groupNorm",
  operands: AFFINE,
  attributes: z.strictObject({
    groups: z
      .int()
      .min(1)
      .max(2 ** 24),
    epsilon,
  }),
  infer(inputs, { groups }) {
    const x = operandOf(inputs, 2);
    const channels = x.dims[1]!;
    if (channels % groups !== 0) {
      const message = `x ${formatType(x)} has ${channels} channels, which ${groups} groups do not divide`;
      reject("shape-mismatch", message);
    }
    checkParameters(AFFINE, inputs, [channels]);
    return { type: x };
  },
  compute: (context) => groupKernel(context, context.attributes.groups, context.attributes.epsilon),
  layout: "operand",
  tolerance: 16,
});

/** Normalises every map by itself: group normalisation with a group for each channel. */
export const instanceNorm = defineOp({
  name: "instanceNorm",
  operands: AFFINE,
  attributes: z.strictObject({ epsilon }),
  infer(inputs) {
    const x = operandOf(inputs, 3);
    checkParameters(AFFINE, inputs, [x.dims[1]!]);
    return { type: x };
  },
  compute: (context) => groupKernel(context, context.output.dims[1]!, context.attributes.epsilon),
  layout: "operand",
  tolerance: 16,
});

/** The channel is g · channels per group + ic; with one channel in a group there is no ic. */
function groupKernel(context: ComputeContext<unknown>, groups: number, eps: number): Kernel {
  const { dims } = context.output;
  const [n, , ...positions] = axesOf(dims);
  const perGroup = dims[1]! / groups;
  const g: Axis = { name: "g", extent: groups };
  const within: readonly Axis[] = perGroup === 1 ? [] : [{ name: "ic", extent: perGroup }];
  const channel = addIndex(scaleIndex(axisIndex(g), perGroup), ...indicesOf(within), ZERO);
  return statisticsKernel(context, eps, {
    outer: [n!, g],
    over: [...within, ...positions],
    index: [axisIndex(n!), channel, ...indicesOf(positions)],
    parameter: [channel],
  });
}
