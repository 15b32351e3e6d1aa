/** argMax and argMin: the extreme first, then the first or last place that has it. */
import { z } from "zod";
import { axisIndex, indexExpr, ZERO } from "../compute/affine.js";
import { binary, load, select, unary } from "../compute/expr.js";
import { scalarOf, type Expr } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { reject, type Op, type OperandSpec } from "./op.js";
import { ORDERED } from "./pointwiseOp.js";
import { reducedDims } from "./reduce.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];
const ATTRIBUTES = z.strictObject({
  axis: z.int().default(0),
  keepDims: z.boolean().default(true),
  /** Of several equal extremes the last one instead of the first. */
  selectLast: z.boolean().default(false),
});

function argExtreme<const Name extends string>(
  name: Name,
  extreme: "min" | "max",
): Op<Name, typeof ATTRIBUTES> {
  return {
    name,
    operands: OPERANDS,
    attributes: ATTRIBUTES,
    infer(inputs, given) {
      const x = typeOf(inputs, 0);
      if (!ORDERED.includes(x.dtype)) {
        reject("type-mismatch", `x is ${formatType(x)}, expected ${ORDERED.join(", ")}`, "cast it");
      }
      const axis = normalizeAxis(given.axis, x.dims.length);
      if (x.dims[axis] === 0) reject("shape-mismatch", `axis ${axis} of ${formatType(x)} is empty`);
      const dims = reducedDims(x.dims, [axis], given.keepDims);
      return { type: { dtype: "i32", dims }, attributes: { ...given, axis } };
    },
    compute({ inputs, attributes: { axis, keepDims, selectLast }, output }) {
      const x = inputs[0]!;
      const all = axesOf(x.dims);
      const along = all[axis]!;
      const value = load("x", indicesOf(all), scalarOf(x.dtype));
      const found = load(extreme, [], value.dtype);
      const nowhere = selectLast ? -1 : along.extent;
      const place = select(isExtreme(value, found), indexExpr(axisIndex(along)), nowhere);
      const reduce = [along];
      const index = indicesOf(all).map((one, i) => (i === axis ? ZERO : one));
      return {
        outer: all.filter((axis) => axis !== along),
        inputs: kernelInputs(OPERANDS, inputs),
        constants: [],
        temporaries: [{ name: extreme, dtype: value.dtype, dims: [] }],
        computes: [
          { target: extreme, axes: [], reduce, combine: extreme, body: value, index: [] },
          {
            target: "out",
            axes: [],
            reduce,
            combine: selectLast ? "max" : "min",
            body: place,
            index: index.filter((_, i) => keepDims || i !== axis),
          },
        ],
        output,
      };
    },
    layout: "operand",
    tolerance: 0,
  };
}

/** A NaN makes the extreme NaN, and is then found as one (as in numpy and PyTorch). */
export function isExtreme(value: Expr, extreme: Expr): Expr {
  const equal = binary("eq", value, extreme);
  return value.dtype === "f32" ? binary("or", equal, unary("isnan", value)) : equal;
}

export const argMax = argExtreme("argMax", "max");
export const argMin = argExtreme("argMin", "min");
