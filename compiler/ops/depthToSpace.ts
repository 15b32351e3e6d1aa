/** Channels as blocks of pixels and back: depthToSpace (pixel shuffle) and spaceToDepth. */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  modIndex,
  scaleIndex,
} from "../compute/affine.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { indicesOf, movement, typeOf } from "./axes.js";
import { defineOp, reject, type Fact, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];
const attributes = z.strictObject({
  blockSize: z
    .int()
    .min(1)
    .max(2 ** 12),
  mode: z.enum(["DCR", "CRD"]).default("DCR"),
});

function imageOf(inputs: readonly (Fact | undefined)[]): TensorType {
  const x = typeOf(inputs, 0);
  if (x.dims.length !== 4) reject("shape-mismatch", `x is ${formatType(x)}, expected [n, c, h, w]`);
  return x;
}

/** [n, c·b², h, w] => [n, c, h·b, w·b]; channels are [b, b, c] in DCR and [c, b, b] in CRD (ONNX). */
export const depthToSpace = defineOp({
  name: "depthToSpace",
  operands: OPERANDS,
  attributes,
  infer(inputs, { blockSize: b }) {
    const x = imageOf(inputs);
    const [n, c, h, w] = x.dims;
    if (c! % (b * b) !== 0) {
      const message = `x ${formatType(x)} has ${c} channels: blockSize ${b} needs a multiple of ${b * b}`;
      reject("shape-mismatch", message);
    }
    return { type: { dtype: x.dtype, dims: [n!, c! / (b * b), h! * b, w! * b] } };
  },
  compute: (context) =>
    movement(OPERANDS, context, (axes) => {
      const { blockSize: b, mode } = context.attributes;
      const extents = extentsOf(axes);
      const [n, c, h, w] = indicesOf(axes);
      const row = modIndex(h!, b, extents);
      const within = addIndex(scaleIndex(row, b), modIndex(w!, b, extents));
      const channel =
        mode === "DCR"
          ? addIndex(scaleIndex(within, axes[1]!.extent), c!)
          : addIndex(scaleIndex(c!, b * b), within);
      return [n!, channel, floorDivIndex(h!, b, extents), floorDivIndex(w!, b, extents)];
    }),
  layout: "channels-last",
  tolerance: 0,
});

/** [n, c, h·b, w·b] => [n, b²·c, h, w]: the inverse of depthToSpace in the same mode (ONNX). */
export const spaceToDepth = defineOp({
  name: "spaceToDepth",
  operands: OPERANDS,
  attributes,
  infer(inputs, { blockSize: b }) {
    const x = imageOf(inputs);
    const [n, c, h, w] = x.dims;
    if (h! % b !== 0 || w! % b !== 0) {
      reject("shape-mismatch", `blockSize ${b} does not divide ${h} × ${w} of x ${formatType(x)}`);
    }
    return { type: { dtype: x.dtype, dims: [n!, c! * b * b, h! / b, w! / b] } };
  },
  compute: (context) =>
    movement(OPERANDS, context, (axes, dims) => {
      const { blockSize: b, mode } = context.attributes;
      const extents = extentsOf(axes);
      const channels = dims[1]!;
      const [n, c, h, w] = axes.map((axis) => axisIndex(axis));
      const [channel, within] =
        mode === "DCR"
          ? [modIndex(c!, channels, extents), floorDivIndex(c!, channels, extents)]
          : [floorDivIndex(c!, b * b, extents), modIndex(c!, b * b, extents)];
      return [
        n!,
        channel,
        addIndex(scaleIndex(h!, b), floorDivIndex(within, b, extents)),
        addIndex(scaleIndex(w!, b), modIndex(within, b, extents)),
      ];
    }),
  layout: "channels-last",
  tolerance: 0,
});
