/** The few expression shapes all elementary functions are made of, with constants folded as they are built. */
import * as plain from "../../compute/expr.js";
import type { BinaryOp, Expr, UnaryOp } from "../../compute/ir.js";
import { binaryFunction, unaryFunction } from "../scalarMath.js";

/** A constant every arithmetic sees alike: rounded to f32. */
export function f32(value: number): Expr {
  return plain.constant(Math.fround(value));
}

export function i32(value: number): Expr {
  return plain.constant(value | 0, "i32");
}

const f32Operand = (value: Expr | number): Expr => (typeof value === "number" ? f32(value) : value);

function folded(expr: Expr, value: number): Expr {
  return plain.constant(expr.dtype === "f32" ? Math.fround(value) : value, expr.dtype);
}

export function unary(op: UnaryOp, operand: Expr): Expr {
  const expr = plain.unary(op, operand);
  if (operand.kind !== "constant") return expr;
  return folded(expr, unaryFunction(op, operand.dtype)(operand.value));
}

/** Numbers are constants of the other operand's dtype, rounded to f32 beside an f32. */
export function binary(op: BinaryOp, a: Expr | number, b: Expr | number): Expr {
  const other = typeof a === "number" ? b : a;
  const integer = typeof other !== "number" && other.dtype !== "f32";
  const expr = plain.binary(op, integer ? a : f32Operand(a), integer ? b : f32Operand(b));
  if (expr.kind !== "binary") return expr;
  const { left, right } = expr;
  if (left.kind === "constant" && right.kind === "constant")
    return folded(expr, binaryFunction(op, left.dtype)(left.value, right.value));
  return expr;
}

export const add = (a: Expr | number, b: Expr | number): Expr => binary("add", a, b);
export const sub = (a: Expr | number, b: Expr | number): Expr => binary("sub", a, b);
export const mul = (a: Expr | number, b: Expr | number): Expr => binary("mul", a, b);
export const div = (a: Expr | number, b: Expr | number): Expr => binary("div", a, b);
export const min = (a: Expr | number, b: Expr | number): Expr => binary("min", a, b);
export const max = (a: Expr | number, b: Expr | number): Expr => binary("max", a, b);
export const lt = (a: Expr | number, b: Expr | number): Expr => binary("lt", a, b);
export const gt = (a: Expr | number, b: Expr | number): Expr => binary("gt", a, b);
export const eq = (a: Expr | number, b: Expr | number): Expr => binary("eq", a, b);
export const neg = (x: Expr): Expr => unary("neg", x);
export const abs = (x: Expr): Expr => unary("abs", x);
export const sqrt = (x: Expr): Expr => unary("sqrt", x);
export const floor = (x: Expr): Expr => unary("floor", x);
/** The f32 pattern as i32; rounds to f32 where arithmetic is wider. */
export const bits = (x: Expr): Expr => unary("bits", x);
export const float = (pattern: Expr): Expr => unary("float", pattern);

/** a and b of bools. */
export function both(a: Expr, b: Expr): Expr {
  if (a.kind === "constant") return a.value === 0 ? a : b;
  if (b.kind === "constant") return b.value === 0 ? b : a;
  return plain.binary("and", a, b);
}

/** a or b of bools. */
export function either(a: Expr, b: Expr): Expr {
  if (a.kind === "constant") return a.value === 0 ? b : a;
  if (b.kind === "constant") return b.value === 0 ? a : b;
  return plain.binary("or", a, b);
}

/** Both arms are f32 and cheap to evaluate. */
export function select(condition: Expr, then: Expr | number, otherwise: Expr | number): Expr {
  if (condition.kind === "constant") return f32Operand(condition.value === 0 ? otherwise : then);
  return plain.select(condition, f32Operand(then), f32Operand(otherwise));
}

/** x rounded to f32: free where arithmetic is no wider. */
export const fround = (x: Expr): Expr => unary("fround", x);

/** Σ coefficients[i] · xⁱ by Horner's rule. */
export function polynomial(coefficients: readonly number[], x: Expr): Expr {
  return coefficients
    .slice(0, -1)
    .reduceRight<Expr>(
      (sum, coefficient) => add(mul(sum, x), coefficient),
      f32(coefficients.at(-1)!),
    );
}

/** The magnitude (not negative) with the sign of x, that of −0 too. */
export function withSignOf(x: Expr, magnitude: Expr): Expr {
  const sign = binary("and", bits(x), i32(0x80000000));
  return float(binary("or", sign, bits(magnitude)));
}
