/** Ops that repeat their operand: expand along dims of 1, tile along any. */
import { z } from "zod";
import { axisIndex, extentsOf, modIndex } from "../compute/affine.js";
import { formatType } from "../base/tensor.js";
import { broadcastDims, broadcastIndices, movement, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const sizes = z.array(z.int().nonnegative()).readonly();
const EXPAND: readonly OperandSpec[] = [
  { name: "x" },
  { name: "shape", optional: true, becomes: "shape" },
];

/** Broadcasts x and `shape` against each other (ONNX Expand: a 1 in the shape keeps x's dim). */
export const expand = defineOp({
  name: "expand",
  operands: EXPAND,
  attributes: z.strictObject({ shape: sizes }),
  infer(inputs, { shape }) {
    const x = typeOf(inputs, 0);
    const dims = broadcastDims(x.dims, shape);
    return { type: { dtype: x.dtype, dims }, attributes: { shape: dims } };
  },
  compute: (context) => movement(EXPAND, context, broadcastIndices),
  layout: "operand",
  tolerance: 0,
});

const TILE: readonly OperandSpec[] = [
  { name: "x" },
  { name: "repeats", optional: true, becomes: "repeats" },
];

/** out dims[i] = x dims[i] · repeats[i] */
export const tile = defineOp({
  name: "tile",
  operands: TILE,
  attributes: z.strictObject({ repeats: sizes }),
  infer(inputs, { repeats }) {
    const x = typeOf(inputs, 0);
    if (repeats.length !== x.dims.length) {
      const expected = `expected one for each dimension of ${formatType(x)}`;
      reject("bad-attribute", `${repeats.length} repeats: ${expected}`);
    }
    return { type: { dtype: x.dtype, dims: x.dims.map((dim, i) => dim * repeats[i]!) } };
  },
  compute: (context) =>
    movement(TILE, context, (axes, dims) => {
      const extents = extentsOf(axes);
      return axes.map((axis, i) =>
        axis.extent === dims[i] ? axisIndex(axis) : modIndex(axisIndex(axis), dims[i]!, extents),
      );
    }),
  layout: "operand",
  tolerance: 0,
});
