/** Writes values of tables as numbers where unrolling fixes which they are: terms with a zero vanish, with ±1 nothing is multiplied. */
import type { Tensor } from "../base/tensor.js";
import type { Expr, Index } from "../compute/ir.js";
import type { Value } from "../loop/stmt.js";
import { binaryFunction } from "../meaning/scalarMath.js";
import type { Emitter } from "./emitter.js";
import type { Instance } from "./instance.js";
import { binaryValue, constantValue, isConstant, splat } from "./values.js";

/** What a load of a table yields; undefined where its index depends on a loop, a lane or data. */
export function tableValue(
  { index, dtype }: Extract<Expr, { kind: "load" }>,
  { type, data }: Tensor,
  instance: Instance,
): Value | undefined {
  let at = 0;
  for (const [d, dim] of type.dims.entries()) {
    const i = fixedIndex(index[d]!, instance);
    if (i === undefined || i < 0 || i >= dim) return undefined;
    at = at * dim + i;
  }
  const value = Number(data[at]!);
  return dtype === "f32" || value === (value | 0) ? constantValue(value, dtype) : undefined;
}

function fixedIndex({ terms, constant }: Index, instance: Instance): number | undefined {
  let at = constant;
  for (const { of, coefficient } of terms) {
    const position = typeof of === "string" ? instance.get(of) : undefined;
    if (position === undefined || position.variable !== undefined || position.lanes > 1)
      return undefined;
    at += coefficient * position.offset;
  }
  return at;
}

/** A sum or product in which values of tables stand, where they simplify it. */
export function foldedBinary(
  { op, dtype, left, right }: Extract<Expr, { kind: "binary" }>,
  [a, b]: readonly [Value, Value],
  emitter: Emitter,
): Value | undefined {
  if (dtype === "bool") return undefined;
  if (op === "mul") {
    if (isTable(left, emitter)) return product(a, b);
    return isTable(right, emitter) ? product(b, a) : undefined;
  }
  if ((op === "add" || op === "sub") && hasTable(right, emitter) && isConstant(b, 0)) return a;
  return op === "add" && hasTable(left, emitter) && isConstant(a, 0) ? b : undefined;
}

/** Integers that are known, as where unrolling fixes an index, what compares them, and masks that leave all bits. */
export function foldedIntegers(
  { op, dtype }: Extract<Expr, { kind: "binary" }>,
  [a, b]: readonly [Value, Value],
): Value | undefined {
  if (a.dtype !== "i32") return undefined;
  if (isConstant(b, op === "and" ? -1 : 0) && (op === "and" || op === "shl" || op === "shr"))
    return a;
  if (a.kind !== "constant" || b.kind !== "constant") return undefined;
  const lanes = Math.max(a.lanes, b.lanes);
  return constantValue(binaryFunction(op, "i32")(a.value, b.value), dtype, lanes);
}

/** A sum and one more term; undefined where the term is nothing. */
export function foldedSum(sum: Value, term: Value): Value | undefined {
  if (isConstant(term, 0)) return undefined;
  const isNegated = term.kind === "unary" && term.op === "neg";
  const [op, operand] = isNegated ? (["sub", term.operand] as const) : (["add", term] as const);
  return binaryValue(op, sum.dtype, sum, splat(operand, sum.lanes));
}

function product(factor: Value, other: Value): Value | undefined {
  if (factor.kind !== "constant") return undefined;
  const { dtype, lanes } = other;
  if (factor.value === 0) return constantValue(0, dtype);
  if (factor.value === 1) return other;
  if (factor.value === -1) return { kind: "unary", dtype, lanes, op: "neg", operand: other };
  if (other.kind !== "constant" || dtype !== "f32") return undefined;
  const value = factor.value * other.value;
  return Math.fround(value) === value ? constantValue(value, dtype, lanes) : undefined;
}

/** A value of a table, or a product of such. */
function isTable(expr: Expr, emitter: Emitter): boolean {
  if (expr.kind === "load") return emitter.table(expr.source) !== undefined;
  return isProduct(expr) && isTable(expr.left, emitter) && isTable(expr.right, emitter);
}

function hasTable(expr: Expr, emitter: Emitter): boolean {
  if (!isProduct(expr)) return isTable(expr, emitter);
  return hasTable(expr.left, emitter) || hasTable(expr.right, emitter);
}

function isProduct(expr: Expr): expr is Extract<Expr, { kind: "binary" }> {
  return expr.kind === "binary" && expr.op === "mul";
}
