/** Short constructors for expressions, so that an op's meaning reads like its formula. */
import type {
  Axis,
  BinaryOp,
  Boundary,
  CompareOp,
  Compute,
  Expr,
  Index,
  Scalar,
  Temporary,
  UnaryOp,
} from "./ir.js";

import { isAffine, mapExpr, mapOpaque } from "./walk.js";

const COMPARISONS: ReadonlySet<string> = new Set<CompareOp>(["eq", "ne", "lt", "le", "gt", "ge"]);

export function constant(value: number, dtype: Scalar = "f32"): Expr {
  return { kind: "constant", dtype, value };
}

/** A load of `source` at logical indices. */
export function load(
  source: string,
  index: readonly Index[],
  dtype: Scalar = "f32",
  boundary?: Boundary,
): Expr {
  return boundary === undefined
    ? { kind: "load", dtype, source, index }
    : { kind: "load", dtype, source, index, boundary };
}

export function unary(op: UnaryOp, operand: Expr): Expr {
  const dtype: Scalar =
    op === "isnan" ? "bool" : op === "bits" ? "i32" : op === "float" ? "f32" : operand.dtype;
  return { kind: "unary", dtype, op, operand };
}

/** Numbers become constants of the other operand's dtype. */
export function binary(op: BinaryOp, a: Expr | number, b: Expr | number): Expr {
  const dtype = typeof a === "number" ? (typeof b === "number" ? "f32" : b.dtype) : a.dtype;
  const left = typeof a === "number" ? constant(a, dtype) : a;
  const right = typeof b === "number" ? constant(b, dtype) : b;
  if (left.dtype !== right.dtype) throw new Error(`${op} of ${left.dtype} and ${right.dtype}`);
  return { kind: "binary", dtype: COMPARISONS.has(op) ? "bool" : dtype, op, left, right };
}

export const add = (a: Expr | number, b: Expr | number): Expr => binary("add", a, b);
export const sub = (a: Expr | number, b: Expr | number): Expr => binary("sub", a, b);
export const mul = (a: Expr | number, b: Expr | number): Expr => binary("mul", a, b);
export const div = (a: Expr | number, b: Expr | number): Expr => binary("div", a, b);
export const min = (a: Expr | number, b: Expr | number): Expr => binary("min", a, b);
export const max = (a: Expr | number, b: Expr | number): Expr => binary("max", a, b);

export function select(condition: Expr, then: Expr | number, otherwise: Expr | number): Expr {
  const dtype =
    typeof then !== "number" ? then.dtype : typeof otherwise !== "number" ? otherwise.dtype : "f32";
  const value = (arm: Expr | number): Expr =>
    typeof arm === "number" ? constant(arm, dtype) : arm;
  return { kind: "select", dtype, condition, then: value(then), otherwise: value(otherwise) };
}

export function cast(dtype: Scalar, operand: Expr): Expr {
  return operand.dtype === dtype ? operand : { kind: "cast", dtype, operand };
}

export function accumulator(dtype: Scalar = "f32"): Expr {
  return { kind: "accumulator", dtype };
}

/** Applies a function to the expressions of a Compute, those that say where it writes among them. */
export function mapCompute(compute: Compute, map: (expr: Expr) => Expr): Compute {
  return {
    ...compute,
    body: map(compute.body),
    ...(compute.init === undefined ? {} : { init: map(compute.init) }),
    ...(compute.epilogue === undefined ? {} : { epilogue: map(compute.epilogue) }),
    ...(compute.index.every(isAffine)
      ? {}
      : { index: compute.index.map((index) => mapOpaque(index, map)) }),
  };
}

/** What a Compute leaves behind, row by row over its axes. */
export function temporaryOf(name: string, axes: readonly Axis[], dtype: Scalar = "f32"): Temporary {
  return { name, dtype, dims: axes.map(({ extent }) => extent) };
}

/**
 * A sum of integers, which may be added in any order, with what it begins with behind it, added to `changed`: an
 * expression of what is summed up.
 */
export function startedBehind(compute: Compute, changed: Expr = accumulator("i32")): Compute {
  const { init, epilogue, ...rest } = compute;
  const sum = init === undefined ? changed : add(init, changed);
  return {
    ...rest,
    epilogue:
      epilogue === undefined
        ? sum
        : mapExpr(epilogue, (inner) => (inner.kind === "accumulator" ? sum : undefined)),
  };
}
