/** gather: slices of x along an axis, chosen by a tensor of indices. */
import { z } from "zod";
import { opaqueIndex } from "../kernel/affine.js";
import { add, binary, load, select } from "../kernel/expr.js";
import { scalarOf } from "../kernel/ir.js";
import { elementCount, formatType } from "../tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }, { name: "indices" }];

/**
 * out[before…, i…, after…] = x[before…, indices[i…], after…]. A negative index counts from the end; one that
 * is still outside is clamped.
 */
export const gather = defineOp({
  name: "gather",
  operands: OPERANDS,
  attributes: z.strictObject({ axis: z.int().default(0) }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    const indices = typeOf(inputs, 1);
    if (indices.dtype === "f32" || indices.dtype === "bool") {
      reject("type-mismatch", `indices are ${formatType(indices)}: expected integers`, "cast them");
    }
    const axis = normalizeAxis(given.axis, x.dims.length);
    if (x.dims[axis] === 0 && elementCount(indices.dims) > 0) {
      reject("shape-mismatch", `axis ${axis} of ${formatType(x)} is empty`);
    }
    const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
    return { type: { dtype: x.dtype, dims }, attributes: { axis } };
  },
  compute({ inputs, attributes: { axis }, output }) {
    const dim = inputs[0]!.dims[axis]!;
    const axes = axesOf(output.dims);
    const at = indicesOf(axes);
    const count = inputs[1]!.dims.length;
    const chosen = load("indices", at.slice(axis, axis + count), "i32");
    const wrapped = select(binary("lt", chosen, 0), add(chosen, dim), chosen);
    const from = [
      ...at.slice(0, axis),
      opaqueIndex(wrapped, 0, Math.max(0, dim - 1)),
      ...at.slice(axis + count),
    ];
    const body = load("x", from, scalarOf(output.dtype));
    return {
      shared: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [{ target: "out", axes, reduce: [], body, index: at }],
      output,
    };
  },
  layout: "operand",
  tolerance: 0,
});
