/** Short forms of rows of the pointwise tables. */
import { z } from "zod";
import type { DType } from "../base/tensor.js";
import { unary } from "../compute/expr.js";
import type { Expr, UnaryOp } from "../compute/ir.js";
import { FLOAT, type Row } from "./pointwiseOp.js";

export const NONE = z.strictObject({});
export type None = typeof NONE;

/** Error units of ops that only choose among values, and of single correctly rounded operations. */
export const EXACT = 0;
export const ROUNDED = 1;

/** An op of one operand x without attributes. */
export function of(
  dtypes: readonly DType[],
  formula: (x: Expr) => Expr,
  tolerance?: number,
): Row<None> {
  return withAttributes(dtypes, NONE, formula, tolerance);
}

/** An op of one operand x. */
export function withAttributes<Schema extends z.ZodObject>(
  dtypes: readonly DType[],
  attributes: Schema,
  formula: (x: Expr, attributes: z.output<Schema>) => Expr,
  tolerance?: number,
): Row<Schema> {
  return {
    operands: ["x"],
    dtypes,
    attributes,
    expression: ([x], values) => formula(x!, values),
    ...(tolerance === undefined ? {} : { tolerance }),
  };
}

/** An op that is one operation of expressions. */
export function primitive(op: UnaryOp, dtypes = FLOAT, tolerance?: number): Row<None> {
  return of(dtypes, (x) => unary(op, x), tolerance);
}
