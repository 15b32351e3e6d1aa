/** nonZeroPlaces: where elements are that are not zero, in order, in memory for as many as there may be. */
import { z } from "zod";
import {
  axisIndex,
  indexExpr,
  opaqueIndex,
  scaleIndex,
  addIndex,
  ZERO,
} from "../compute/affine.js";
import { add, binary, cast, constant, load, select } from "../compute/expr.js";
import { scalarOf, type Axis, type Compute, type Expr, type Index } from "../compute/ir.js";
import { elementCount, formatType, MAX_ELEMENTS, rowMajorStrides } from "../base/tensor.js";
import { indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];

/**
 * out[j] = the place of the j-th element that is not zero, counted row by row; −1 where there are no more. There is
 * room for `most`, by default for all. NaN is not zero.
 */
export const nonZeroPlaces = defineOp({
  name: "nonZeroPlaces",
  operands: OPERANDS,
  attributes: z.strictObject({ most: z.int().min(1).max(MAX_ELEMENTS).optional() }),
  infer(inputs, { most }) {
    const { dims } = typeOf(inputs, 0);
    const all = elementCount(dims);
    if (all === 0)
      reject("shape-mismatch", `x is ${formatType(typeOf(inputs, 0))}: it has no elements`);
    const room = Math.min(all, most ?? all);
    return { type: { dtype: "i32", dims: [room] }, attributes: { most: room } };
  },
  compute({ inputs, attributes, output }) {
    const x = inputs[0]!;
    const most = attributes.most!;
    const strides = rowMajorStrides(x.dims);
    const given = x.dims.map((extent, d): Axis => ({ name: `t${d}`, extent }));
    const scan = given.length === 0 ? [{ name: "t", extent: 1 }] : given;
    const place = addIndex(...given.map((axis, d) => scaleIndex(axisIndex(axis), strides[d]!)));
    const value = load("x", indicesOf(given), scalarOf(x.dtype));
    const found = value.dtype === "bool" ? value : binary("ne", value, 0);
    const out: Axis = { name: "j", extent: most };
    const count = load("count", [ZERO], "i32");
    const next = opaqueIndex(count, 0, most);
    const step = (target: string, index: Index, body: Expr): Compute => ({
      target,
      scan,
      axes: [],
      reduce: [],
      body,
      index: [index],
    });
    const made = (target: string, axes: readonly Axis[], body: Expr): Compute => ({
      target,
      axes,
      reduce: [],
      body,
      index: axes.length === 0 ? [ZERO] : [axisIndex(axes[0]!)],
    });
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [
        // What is beyond the room goes into one element more, and so does what is not found.
        { name: "places", dtype: "i32", dims: [most + 1] },
        { name: "count", dtype: "i32", dims: [1] },
      ],
      computes: [
        made("places", [{ ...out, extent: most + 1 }], constant(-1, "i32")),
        made("count", [], constant(0, "i32")),
        step("places", next, select(found, indexExpr(place), constant(-1, "i32"))),
        step("count", ZERO, add(count, cast("i32", found))),
        made("out", [out], load("places", [axisIndex(out)], "i32")),
      ],
      output,
    };
  },
  layout: "row-major",
  tolerance: 0,
});
