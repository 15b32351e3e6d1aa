/** Ops that pick elements by tensors of indices: whole slices, single elements, and points of several dims. */
import { z } from "zod";
import { constantIndex, opaqueIndex } from "../compute/affine.js";
import { add, binary, load, select } from "../compute/expr.js";
import { scalarOf, type Index, type Kernel } from "../compute/ir.js";
import { elementCount, formatType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type Fact, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }, { name: "indices" }];

interface Operands {
  readonly x: TensorType;
  readonly indices: TensorType;
}

/** Throws type-mismatch unless the indices are integers. */
function operandsOf(inputs: readonly (Fact | undefined)[]): Operands {
  const [x, indices] = [typeOf(inputs, 0), typeOf(inputs, 1)];
  if (indices.dtype === "f32" || indices.dtype === "bool") {
    reject("type-mismatch", `indices are ${formatType(indices)}: expected integers`, "cast them");
  }
  return { x, indices };
}

/** Throws shape-mismatch where there is something to find in a dimension that has nothing. */
function rejectEmpty({ x, indices }: Operands, axis: number): void {
  if (x.dims[axis] !== 0 || elementCount(indices.dims) === 0) return;
  reject("shape-mismatch", `axis ${axis} of ${formatType(x)} is empty`);
}

/** The index that `indices` holds at `at`: a negative one counts from the end; what is still outside is clamped. */
function chosen(at: readonly Index[], dim: number): Index {
  const given = load("indices", at, "i32");
  const wrapped = select(binary("lt", given, 0), add(given, dim), given);
  return opaqueIndex(wrapped, 0, Math.max(0, dim - 1));
}

/** out[axes] = x[from(axes)] */
function gathering(
  { inputs, output }: ComputeContext<unknown>,
  from: (at: readonly Index[]) => readonly Index[],
): Kernel {
  const axes = axesOf(output.dims);
  const at = indicesOf(axes);
  const body = load("x", from(at), scalarOf(output.dtype));
  return {
    outer: [],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [],
    computes: [{ target: "out", axes, reduce: [], body, index: at }],
    output,
  };
}

/** out[before…, i…, after…] = x[before…, indices[i…], after…] */
export const gather = defineOp({
  name: "gather",
  operands: OPERANDS,
  attributes: z.strictObject({ axis: z.int().default(0) }),
  infer(inputs, given) {
    const { x, indices } = operandsOf(inputs);
    const axis = normalizeAxis(given.axis, x.dims.length);
    rejectEmpty({ x, indices }, axis);
    const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
    return { type: { dtype: x.dtype, dims }, attributes: { axis } };
  },
  compute(context) {
    const [x, indices] = context.inputs;
    const { axis } = context.attributes;
    const end = axis + indices!.dims.length;
    return gathering(context, (at) => [
      ...at.slice(0, axis),
      chosen(at.slice(axis, end), x!.dims[axis]!),
      ...at.slice(end),
    ]);
  },
  layout: "operand",
  tolerance: 0,
});

/** out[i…] = x[i… with indices[i…] in place of i[axis]] (ONNX GatherElements, PyTorch gather). */
export const gatherElements = defineOp({
  name: "gatherElements",
  operands: OPERANDS,
  attributes: z.strictObject({ axis: z.int().default(0) }),
  infer(inputs, given) {
    const { x, indices } = operandsOf(inputs);
    const axis = normalizeAxis(given.axis, x.dims.length);
    const fits =
      indices.dims.length === x.dims.length &&
      indices.dims.every((dim, d) => d === axis || dim <= x.dims[d]!);
    if (!fits) {
      const message = `indices ${formatType(indices)} do not lie in x ${formatType(x)}`;
      reject("shape-mismatch", `${message}: only axis ${axis} may be larger`);
    }
    rejectEmpty({ x, indices }, axis);
    return { type: { dtype: x.dtype, dims: indices.dims }, attributes: { axis } };
  },
  compute(context) {
    const { axis } = context.attributes;
    const dim = context.inputs[0]!.dims[axis]!;
    return gathering(context, (at) => at.with(axis, chosen(at, dim)));
  },
  layout: "operand",
  tolerance: 0,
});

/**
 * out[b…, i…, r…] = x[b…, indices[b…, i…, :]…, r…], where the first `batchDims` dims of both are b: the last
 * dim of indices holds points in the dims of x after those (ONNX GatherND).
 */
export const gatherND = defineOp({
  name: "gatherND",
  operands: OPERANDS,
  attributes: z.strictObject({ batchDims: z.int().min(0).max(64).default(0) }),
  infer(inputs, { batchDims }) {
    const { x, indices } = operandsOf(inputs);
    const both = `x ${formatType(x)} and indices ${formatType(indices)}`;
    if (batchDims >= Math.min(x.dims.length, indices.dims.length)) {
      reject("bad-attribute", `${both} have no ${batchDims} dimensions of a batch before others`);
    }
    const other = x.dims.slice(0, batchDims).findIndex((dim, d) => dim !== indices.dims[d]);
    if (other >= 0) reject("shape-mismatch", `${both} differ in dimension ${other} of the batch`);
    const depth = indices.dims.at(-1)!;
    if (depth < 1 || batchDims + depth > x.dims.length) {
      const most = x.dims.length - batchDims;
      reject("shape-mismatch", `${both}: points have ${depth} coordinates, expected 1 to ${most}`);
    }
    for (let d = 0; d < depth; d++) rejectEmpty({ x, indices }, batchDims + d);
    const dims = [...indices.dims.slice(0, -1), ...x.dims.slice(batchDims + depth)];
    return { type: { dtype: x.dtype, dims } };
  },
  compute(context) {
    const [x, indices] = context.inputs;
    const { batchDims } = context.attributes;
    const lead = indices!.dims.length - 1;
    const depth = indices!.dims.at(-1)!;
    return gathering(context, (at) => {
      const point = at.slice(0, lead);
      const coordinates = Array.from({ length: depth }, (_, d) =>
        chosen([...point, constantIndex(d)], x!.dims[batchDims + d]!),
      );
      return [...at.slice(0, batchDims), ...coordinates, ...at.slice(lead)];
    });
  },
  layout: "row-major",
  tolerance: 0,
});
