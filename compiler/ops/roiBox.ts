/** The boxes of roiAlign: where their parts begin, and which elements of a feature map count there. */
import { z } from "zod";
import { axisIndex, constantIndex, indexExpr, opaqueIndex } from "../compute/affine.js";
import { binary, cast, div, load, max, min, mul, sub } from "../compute/expr.js";
import type { Axis, Expr, Index } from "../compute/ir.js";
import type { TensorType } from "../base/tensor.js";
import type { ComputeContext, OperandSpec } from "./op.js";
import { KERNEL } from "./window.js";

export const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "boxes" },
  { name: "batch" },
];
export const ATTRIBUTES = z.strictObject({
  mode: z.enum(["average", "max"]).default("average"),
  /** Height and width of every output map. */
  outputSize: KERNEL,
  /** Samples of an output element along each dimension; 0 takes one for every element that it spans, rounded up. */
  samplingRatio: z.int().min(0).max(256).default(0),
  /** What coordinates of boxes are multiplied by. */
  spatialScale: z.number().default(1),
  /** Whether elements lie at the centres of their squares, and boxes may be smaller than one. */
  halfPixel: z.boolean().default(true),
});
export type Attributes = z.output<typeof ATTRIBUTES>;
export type Context = ComputeContext<Attributes>;

/** One spatial dimension: its size, and the columns of a box that begin and end in it. */
export interface Dim {
  readonly name: "h" | "w";
  readonly size: number;
  readonly output: number;
  readonly first: number;
}

export function dimsOf({ inputs, output }: Context): readonly [Dim, Dim] {
  const [h, w] = inputs[0]!.dims.slice(2) as [number, number];
  return [
    { name: "h", size: h, output: output.dims[2]!, first: 1 },
    { name: "w", size: w, output: output.dims[3]!, first: 0 },
  ];
}

/** Boxes, channels, rows and columns of the output. */
export function outputAxes({ output }: Context): readonly [Axis, Axis, Axis, Axis] {
  const axes = ["n", "c", "oh", "ow"].map((name, d) => ({ name, extent: output.dims[d]! }));
  return axes as [Axis, Axis, Axis, Axis];
}

export const at = (axis: Axis): Expr => indexExpr(axisIndex(axis));
export const float = (axis: Axis): Expr => cast("f32", at(axis));

/** Where the box begins along a dimension, and the length of one part of it. */
export function spanOf(n: Axis, { first, output }: Dim, { spatialScale, halfPixel }: Attributes) {
  const coordinate = (column: number): Expr => {
    const scaled = mul(load("boxes", [axisIndex(n), constantIndex(column)]), spatialScale);
    return halfPixel ? sub(scaled, 0.5) : scaled;
  };
  const start = coordinate(first);
  const length = sub(coordinate(first + 2), start);
  return { start, part: div(halfPixel ? length : max(length, 1), output) };
}

/** Whether a sample counts: those further out are 0. */
export const inside = (position: Expr, size: number): Expr =>
  binary("and", binary("ge", position, -1), binary("le", position, size));

export const held = (position: Expr, size: number): Expr => min(max(position, 0), size - 1);

export const image = (x: TensorType, n: Axis): Index =>
  opaqueIndex(load("batch", [axisIndex(n)], "i32"), 0, x.dims[0]! - 1);
