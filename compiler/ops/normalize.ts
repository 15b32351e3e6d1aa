/** Layer, root mean square, group and instance normalisation: by statistics of the values themselves. */
import { z } from "zod";
import { accumulator, add, div, load, mul, unary } from "../compute/expr.js";
import { elementCount, formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, layoutAlong } from "./axes.js";
import { AFFINE, groupKernel, layerKernel } from "./normKernels.js";
import { checkParameters, epsilon, operandOf } from "./normOperands.js";
import { defineOp, reject } from "./op.js";

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
  compute: (context) => layerKernel(context, context.attributes.axis, context.attributes.epsilon),
  layout: ({ attributes, output }) => layoutAlong(attributes.axis, output.dims.length),
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
  layout: ({ attributes, output }) => layoutAlong(attributes.axis, output.dims.length),
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
