/** matmul: a linear layer along one axis of a tensor, or numpy's batched matrix product. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { load, mul } from "../compute/expr.js";
import { scalarOf, type Axis, type Compute } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import {
  axesOf,
  broadcastDims,
  broadcastIndices,
  indicesOf,
  kernelInputs,
  layoutAlong,
  less,
  normalizeAxis,
  sumType,
  typeOf,
} from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "a" },
  { name: "b" },
  { name: "bias", optional: true },
];

export const matmul = defineOp({
  name: "matmul",
  operands: OPERANDS,
  attributes: z.strictObject({
    /**
     * With it b is [out, in]: a's dimension `axis` of `in` becomes one of `out` (a linear layer is axis −1, a
     * 1×1 convolution axis 1). Without it both operands are stacks of matrices, as in numpy.
     */
    axis: z.int().optional(),
    /** Of narrow integers: what stands for 0 in a. */
    zero: z.int().default(0),
  }),
  infer(inputs, given) {
    const a = typeOf(inputs, 0);
    const b = typeOf(inputs, 1);
    const bias = inputs[2]?.type;
    const { zero } = given;
    const dtype = sumType(OPERANDS, inputs, zero);
    if (given.axis !== undefined) {
      const axis = normalizeAxis(given.axis, a.dims.length);
      return { type: { dtype, dims: linearDims(a, b, bias, axis) }, attributes: { axis, zero } };
    }
    if (bias !== undefined) reject("extra-input", "a bias needs the attribute axis");
    return { type: { dtype, dims: productDims(a, b) } };
  },
  compute({ inputs, attributes: { axis, zero }, output }) {
    const [a, b, bias] = inputs;
    const compute =
      axis === undefined
        ? productCompute(a!, b!, output, zero)
        : linearCompute(a!, { axis, zero }, output, bias !== undefined);
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [compute],
      output,
    };
  },
  // A 1×1 convolution likes what convolutions like.
  layout: ({ inputs: [a], attributes: { axis } }) =>
    axis === 1 && a!.dims.length >= 3 ? "channels-last" : layoutAlong(axis, a!.dims.length),
});

function linearDims(
  a: TensorType,
  b: TensorType,
  bias: TensorType | undefined,
  axis: number,
): number[] {
  const [out, width] = b.dims;
  if (b.dims.length !== 2 || out === undefined) {
    reject("shape-mismatch", `b is ${formatType(b)}, expected [out, in]`);
  }
  if (a.dims[axis] !== width) {
    const message = `a ${formatType(a)} has ${a.dims[axis]} along axis ${axis}`;
    reject("shape-mismatch", `${message}, but b ${formatType(b)} takes ${width}`);
  }
  if (bias !== undefined && (bias.dims.length !== 1 || bias.dims[0] !== out)) {
    reject("shape-mismatch", `bias is ${formatType(bias)}, but b ${formatType(b)} yields ${out}`);
  }
  return a.dims.map((dim, i) => (i === axis ? out : dim));
}

/** out[…, j, …] = bias[j] + Σ a[…, k, …] · b[j, k] */
function linearCompute(
  a: TensorType,
  { axis, zero }: { readonly axis: number; readonly zero: number },
  out: TensorType,
  hasBias: boolean,
): Compute {
  const dtype = scalarOf(a.dtype);
  const j: Axis = { name: "j", extent: out.dims[axis]! };
  const k: Axis = { name: "k", extent: a.dims[axis]! };
  const axes = axesOf(out.dims).map((other, i) => (i === axis ? j : other));
  const from = axes.map((other) => axisIndex(other === j ? k : other));
  return {
    target: "out",
    axes,
    reduce: [k],
    combine: "sum",
    ...(hasBias ? { init: load("bias", [axisIndex(j)], dtype) } : {}),
    body: mul(less(load("a", from, dtype), zero), load("b", [axisIndex(j), axisIndex(k)], dtype)),
    index: indicesOf(axes),
  };
}

/** numpy's rule: batch dims broadcast, and a vector is a row on the left, a column on the right. */
function productDims(a: TensorType, b: TensorType): number[] {
  const both = `matmul of ${formatType(a)} and ${formatType(b)}`;
  if (a.dims.length === 0 || b.dims.length === 0) {
    reject("shape-mismatch", `${both}: a scalar is not a matrix`);
  }
  const inner = a.dims.at(-1)!;
  const other = b.dims.at(b.dims.length === 1 ? 0 : -2)!;
  if (inner !== other) {
    reject("shape-mismatch", `${both}: ${inner} columns against ${other} rows`);
  }
  return [
    ...broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2)),
    ...(a.dims.length > 1 ? [a.dims.at(-2)!] : []),
    ...(b.dims.length > 1 ? [b.dims.at(-1)!] : []),
  ];
}

/** out[batch…, m, j] = Σ a[batch…, m, k] · b[batch…, k, j] */
function productCompute(
  { dims: a, dtype: element }: TensorType,
  { dims: b }: TensorType,
  { dims: out }: TensorType,
  zero: number,
): Compute {
  const dtype = scalarOf(element);
  const k: Axis = { name: "k", extent: a.at(-1)! };
  const rows: Axis[] = a.length > 1 ? [{ name: "m", extent: a.at(-2)! }] : [];
  const columns: Axis[] = b.length > 1 ? [{ name: "j", extent: b.at(-1)! }] : [];
  const batchDims = out.slice(0, out.length - rows.length - columns.length);
  const batch = batchDims.map((extent, i) => ({
    name: batchDims.length === 1 ? "n" : `i${i}`,
    extent,
  }));
  const axes = [...batch, ...rows, ...columns];
  const left = [...broadcastIndices(batch, a.slice(0, -2)), ...indicesOf([...rows, k])];
  const right = [...broadcastIndices(batch, b.slice(0, -2)), ...indicesOf([k, ...columns])];
  return {
    target: "out",
    axes,
    reduce: [k],
    combine: "sum",
    body: mul(less(load("a", left, dtype), zero), load("b", right, dtype)),
    index: indicesOf(axes),
  };
}
