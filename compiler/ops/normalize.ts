/** Batch, layer, group and instance normalisation. */
import { z } from "zod";
import { addIndex, axisIndex, constantIndex, scaleIndex } from "../kernel/affine.js";
import { accumulator, add, div, load, mul, sub, unary } from "../kernel/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../kernel/ir.js";
import { formatType, sameDims, type TensorType } from "../tensor.js";
import { axesOf, kernelInputs } from "./axes.js";
import { defineOp, reject, type Fact, type OperandSpec } from "./op.js";

const epsilon = z.number().min(0).default(1e-5);

function checkVector(name: string, fact: Fact | undefined, dims: readonly number[]): void {
  if (fact !== undefined && !sameDims(fact.type.dims, dims)) {
    reject(
      "shape-mismatch",
      `${name} is ${formatType(fact.type)}, f32[${dims.join(",")}] is wanted`,
    );
  }
}

function checkActivation(x: Fact, least: number): void {
  if (x.type.dtype !== "f32" || x.type.dims.length < least) {
    reject(
      "shape-mismatch",
      `x is ${formatType(x.type)}, f32 of at least ${least} dimensions is wanted`,
    );
  }
}

const batchOperands: readonly OperandSpec[] = [
  { name: "x" },
  { name: "scale" },
  { name: "bias" },
  { name: "mean" },
  { name: "variance" },
];

/** scale · (x − mean) / √(variance + ε) + bias, a number each for every channel (dimension 1). */
export const batchNorm = defineOp({
  name: "batchNorm",
  operands: batchOperands,
  attributes: z.strictObject({ epsilon }),
  layout: "operand",
  infer([x, ...vectors]) {
    checkActivation(x!, 2);
    ["scale", "bias", "mean", "variance"].forEach((name, i) =>
      checkVector(name, vectors[i], [x!.type.dims[1]!]),
    );
    return { type: x!.type };
  },
  compute({ inputs, attributes, output }) {
    const axes = axesOf(output.dims);
    const index = axes.map(axisIndex);
    const channel = (name: string): Expr => load(name, [index[1]!]);
    const deviation = unary("sqrt", add(channel("variance"), attributes.epsilon));
    const scale = div(channel("scale"), deviation);
    const body = add(mul(sub(load("x", index), channel("mean")), scale), channel("bias"));
    return {
      shared: [],
      inputs: kernelInputs(batchOperands, inputs),
      constants: [],
      temporaries: [],
      computes: [{ target: "out", axes, reduce: [], body, index }],
      output,
    };
  },
});

interface Statistics {
  /** One mean and deviation for each point of these. */
  readonly shared: readonly Axis[];
  /** What they are taken over. */
  readonly over: readonly Axis[];
  /** The element of x at a point of both. */
  readonly index: readonly Index[];
  readonly scale?: Expr;
  readonly bias?: Expr;
}

/** mean, then the mean square of what is left, then (x − mean) / √(variance + ε) · scale + bias. */
function normalizeKernel(
  inputs: Kernel["inputs"],
  output: TensorType,
  eps: number,
  statistics: Statistics,
): Kernel {
  const { shared, over, index, scale, bias } = statistics;
  const count = over.reduce((product, axis) => product * axis.extent, 1);
  const centred = sub(load("x", index), load("mean", []));
  const sum = (target: string, body: Expr, epilogue: Expr): Compute => ({
    target,
    axes: [],
    reduce: over,
    combine: "sum",
    body,
    epilogue,
    index: [],
  });
  const normal = mul(centred, load("inverse", []));
  const scaled = scale === undefined ? normal : mul(normal, scale);
  return {
    shared,
    inputs,
    constants: [],
    temporaries: [
      { name: "mean", dtype: "f32", dims: [] },
      { name: "inverse", dtype: "f32", dims: [] },
    ],
    computes: [
      sum("mean", load("x", index), div(accumulator(), count)),
      sum(
        "inverse",
        mul(centred, centred),
        div(1, unary("sqrt", add(div(accumulator(), count), eps))),
      ),
      {
        target: "out",
        axes: over,
        reduce: [],
        body: bias === undefined ? scaled : add(scaled, bias),
        index,
      },
    ],
    output,
  };
}

const affineOperands = [
  { name: "x" },
  { name: "scale", optional: true },
  { name: "bias", optional: true },
] as const satisfies readonly OperandSpec[];

/** The present ones of scale and bias, loaded at an index. */
function affine(
  inputs: readonly (TensorType | undefined)[],
  index: readonly Index[],
): { scale?: Expr; bias?: Expr } {
  return {
    ...(inputs[1] === undefined ? {} : { scale: load("scale", index) }),
    ...(inputs[2] === undefined ? {} : { bias: load("bias", index) }),
  };
}

/** Normalises the dims from `axis` on together. */
export const layerNorm = defineOp({
  name: "layerNorm",
  operands: affineOperands,
  attributes: z.strictObject({ axis: z.int().min(-8).max(8).default(-1), epsilon }),
  layout: "operand",
  tolerance: 16,
  infer([x, scale, bias], attributes) {
    checkActivation(x!, 1);
    const rank = x!.type.dims.length;
    const axis = attributes.axis < 0 ? attributes.axis + rank : attributes.axis;
    if (axis < 0 || axis >= rank)
      reject("bad-attribute", `axis ${attributes.axis} is not one of ${rank} dimensions`);
    checkVector("scale", scale, x!.type.dims.slice(axis));
    checkVector("bias", bias, x!.type.dims.slice(axis));
    return {
      type: x!.type,
      attributes: { axis: axis === rank - 1 ? -1 : axis, epsilon: attributes.epsilon },
    };
  },
  compute({ inputs, attributes, output }) {
    const axes = axesOf(output.dims);
    const axis = attributes.axis < 0 ? attributes.axis + axes.length : attributes.axis;
    const over = axes.slice(axis);
    return normalizeKernel(kernelInputs(affineOperands, inputs), output, attributes.epsilon, {
      shared: axes.slice(0, axis),
      over,
      index: axes.map(axisIndex),
      ...affine(inputs, over.map(axisIndex)),
    });
  },
});

/** Normalises the channels of each group together with their positions. */
export const groupNorm = defineOp({
  name: "groupNorm",
  operands: affineOperands,
  attributes: z.strictObject({
    groups: z
      .int()
      .min(1)
      .max(2 ** 24),
    epsilon,
  }),
  layout: "operand",
  tolerance: 16,
  infer([x, scale, bias], { groups }) {
    checkActivation(x!, 2);
    const channels = x!.type.dims[1]!;
    if (channels % groups !== 0)
      reject("bad-attribute", `groups ${groups} does not divide ${channels} channels`);
    checkVector("scale", scale, [channels]);
    checkVector("bias", bias, [channels]);
    return { type: x!.type };
  },
  compute({ inputs, attributes, output }) {
    return groupedNorm(
      kernelInputs(affineOperands, inputs),
      inputs,
      output,
      attributes.groups,
      attributes.epsilon,
    );
  },
});

/** Normalises every map by itself: group normalisation with a group a channel. */
export const instanceNorm = defineOp({
  name: "instanceNorm",
  operands: affineOperands,
  attributes: z.strictObject({ epsilon }),
  layout: "operand",
  tolerance: 16,
  infer([x, scale, bias]) {
    checkActivation(x!, 3);
    checkVector("scale", scale, [x!.type.dims[1]!]);
    checkVector("bias", bias, [x!.type.dims[1]!]);
    return { type: x!.type };
  },
  compute({ inputs, attributes, output }) {
    return groupedNorm(
      kernelInputs(affineOperands, inputs),
      inputs,
      output,
      output.dims[1]!,
      attributes.epsilon,
    );
  },
});

function groupedNorm(
  kernel: Kernel["inputs"],
  inputs: readonly (TensorType | undefined)[],
  output: TensorType,
  groups: number,
  eps: number,
): Kernel {
  const [n, , ...spatial] = axesOf(output.dims);
  const g: Axis = { name: "g", extent: groups };
  const inner: Axis = { name: "ic", extent: output.dims[1]! / groups };
  const single = inner.extent === 1;
  const within = single ? constantIndex(0) : axisIndex(inner);
  const channel = addIndex(scaleIndex(axisIndex(g), inner.extent), within);
  return normalizeKernel(kernel, output, eps, {
    shared: [n!, g],
    over: [...(single ? [] : [inner]), ...spatial],
    index: [axisIndex(n!), channel, ...spatial.map(axisIndex)],
    ...affine(inputs, [channel]),
  });
}
