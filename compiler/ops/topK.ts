/** topKIndices: where the largest or smallest elements along an axis lie, by counting what comes before each. */
import { z } from "zod";
import { axisIndex, indexExpr } from "../compute/affine.js";
import { binary, load, select, unary } from "../compute/expr.js";
import { scalarOf, type Axis, type Expr } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";
import { ORDERED } from "./pointwiseOp.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "k", optional: true, becomes: "k" },
];

/**
 * Places of the k largest (or smallest) elements along an axis, in order; of equal ones the first comes first
 * (ONNX TopK, whose values are gatherElements of these). NaN is larger than anything, as in numpy and PyTorch.
 *
 *   rank[i] = number of j that come before i;  out[j] = the i whose rank is j
 */
export const topKIndices = defineOp({
  name: "topKIndices",
  operands: OPERANDS,
  attributes: z.strictObject({
    k: z.int().min(0),
    axis: z.int().default(-1),
    largest: z.boolean().default(true),
  }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    if (!ORDERED.includes(x.dtype)) {
      reject("type-mismatch", `x is ${formatType(x)}, expected ${ORDERED.join(", ")}`, "cast it");
    }
    const axis = normalizeAxis(given.axis, x.dims.length);
    if (given.k > x.dims[axis]!) {
      const message = `k is ${given.k}, but axis ${axis} of ${formatType(x)} has ${x.dims[axis]}`;
      reject("bad-attribute", message);
    }
    return {
      type: { dtype: "i32", dims: x.dims.with(axis, given.k) },
      attributes: { ...given, axis },
    };
  },
  compute({ inputs, attributes: { k, axis, largest }, output }) {
    const x = inputs[0]!;
    const all = axesOf(x.dims);
    const along = all[axis]!;
    const other: Axis = { name: "k", extent: along.extent };
    const place: Axis = { name: "j", extent: k };
    const at = (one: Axis): Expr => load("x", indicesOf(all.with(axis, one)), scalarOf(x.dtype));
    const [mine, theirs] = [at(along), at(other)];
    const [better, worse] = largest ? [theirs, mine] : [mine, theirs];
    const earlier = binary("lt", indexExpr(axisIndex(other)), indexExpr(axisIndex(along)));
    const tie = binary("and", unary("not", above(worse, better)), earlier);
    const before = binary("or", above(better, worse), tie);
    const found = binary(
      "eq",
      load("rank", [axisIndex(along)], "i32"),
      indexExpr(axisIndex(place)),
    );
    return {
      outer: all.filter((one) => one !== along),
      inputs: kernelInputs(OPERANDS, [x]),
      constants: [],
      temporaries: [{ name: "rank", dtype: "i32", dims: [along.extent] }],
      computes: [
        {
          target: "rank",
          axes: [along],
          reduce: [other],
          combine: "sum",
          body: select(before, ONE, 0),
          index: [axisIndex(along)],
        },
        {
          target: "out",
          axes: [place],
          reduce: [along],
          combine: "sum",
          body: select(found, indexExpr(axisIndex(along)), 0),
          index: indicesOf(all.with(axis, place)),
        },
      ],
      output,
    };
  },
  layout: "operand",
  tolerance: 0,
});

const ONE: Expr = { kind: "constant", dtype: "i32", value: 1 };

/** a > b, where NaN is above all numbers. */
function above(a: Expr, b: Expr): Expr {
  const greater = binary("gt", a, b);
  if (a.dtype !== "f32") return greater;
  const onlyA = binary("and", unary("isnan", a), unary("not", unary("isnan", b)));
  return binary("or", greater, onlyA);
}
