/** Short constructors of Stmt, and every primitive on operands that are special: what printers are tested with. */
import { widened } from "../../compiler/loop/storage.js";
import type { BinaryOp, Scalar, UnaryOp } from "../../compiler/compute/ir.js";
import type { KernelFunction, Memory, Stmt, Value } from "../../compiler/loop/stmt.js";

export const F32: Memory = { dtype: "f32", space: "arena" };
export const I32: Memory = { dtype: "i32", space: "arena" };
export const WEIGHTS: Memory = { dtype: "f32", space: "constants" };

export const reg = (name: string, dtype: Scalar = "i32", lanes = 1): Value => ({
  kind: "register",
  dtype,
  lanes,
  name,
});
export const num = (value: number, dtype: Scalar = "f32", lanes = 1): Value => ({
  kind: "constant",
  dtype,
  lanes,
  value,
});
export const int = (value: number, lanes = 1): Value => num(value, "i32", lanes);
export const load = (memory: Memory, address: Value, lanes = 1): Value => ({
  kind: "load",
  dtype: widened(memory.dtype),
  lanes,
  memory,
  address,
});
const COMPARE = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);
export const bin = (op: BinaryOp, left: Value, right: Value): Value => ({
  kind: "binary",
  dtype: COMPARE.has(op) ? "bool" : left.dtype,
  lanes: left.lanes,
  op,
  left,
  right,
});
export const un = (op: UnaryOp, operand: Value, dtype = operand.dtype): Value => ({
  kind: "unary",
  dtype,
  lanes: operand.lanes,
  op,
  operand,
});
export const cast = (dtype: Scalar, operand: Value): Value => ({
  kind: "cast",
  dtype,
  lanes: operand.lanes,
  operand,
});
export const select = (
  condition: Value,
  then: Value,
  otherwise: Value,
  kind: "select" | "guard" = "select",
): Value => ({
  kind,
  dtype: then.dtype,
  lanes: then.lanes,
  condition,
  then,
  otherwise,
});
export const add = (a: Value, b: Value): Value => bin("add", a, b);
export const mul = (a: Value, b: Value): Value => bin("mul", a, b);
export const store = (memory: Memory, address: Value, value: Value): Stmt => ({
  kind: "store",
  memory,
  address,
  value,
});
export const let_ = (register: string, value: Value, mutable = false): Stmt => ({
  kind: "let",
  register,
  mutable,
  value,
});
export const assign = (register: string, value: Value): Stmt => ({
  kind: "assign",
  register,
  value,
});
export const loop = (variable: string, to: number, body: readonly Stmt[], step = 1): Stmt => ({
  kind: "for",
  variable,
  from: 0,
  to,
  step,
  body,
});
export const code = (
  parameters: readonly (readonly [string, Memory])[],
  body: readonly Stmt[],
  summary = "test",
): KernelFunction => ({
  summary,
  parameters: parameters.map(([name, memory]) => ({ name, source: name, ...memory })),
  body,
});

const VALUES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  7,
  -7,
  3e9,
  -3e9,
  1e38,
  NaN,
  Infinity,
  -Infinity,
];
const INTEGERS = [0, 1, -1, 2, 7, -7, 31, 2 ** 31 - 1, -(2 ** 31), 12345, -12345];

/** A primitive of operands in memory, and the values to try it on. */
export interface PrimitiveCase {
  readonly value: Value;
  readonly operands: readonly number[];
  /** Whether memory holds f32 operands. */
  readonly float: boolean;
}

/**
 * Every primitive by name, its operands `lanes` elements at address x and as many behind them. The operands
 * of a case are to be tried in all pairs.
 */
export function primitiveCases(lanes: number): Readonly<Record<string, PrimitiveCase>> {
  const cases: Record<string, readonly [Value, readonly number[]]> = {};
  const f = load(F32, reg("x"), lanes);
  const g = load(F32, add(reg("x"), int(lanes)), lanes);
  const m = load(I32, reg("x"), lanes);
  const n = load(I32, add(reg("x"), int(lanes)), lanes);
  const bool = (value: Value): Value => bin("gt", value, num(0, value.dtype, lanes));

  for (const op of [
    "add",
    "sub",
    "mul",
    "div",
    "rem",
    "min",
    "max",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
  ] as const)
    cases[`f32 ${op}`] = [bin(op, f, g), VALUES];
  for (const op of ["neg", "abs", "sqrt", "floor", "ceil", "trunc", "round", "fround"] as const)
    cases[`f32 ${op}`] = [un(op, f), VALUES];
  cases["f32 isnan"] = [un("isnan", f, "bool"), VALUES];
  cases["f32 bits"] = [un("bits", f, "i32"), VALUES];
  cases["f32 to i32"] = [cast("i32", f), VALUES];
  cases["f32 to bool"] = [cast("bool", f), VALUES];
  cases["f32 select"] = [select(bool(f), f, g), VALUES];
  // A guard's condition is one scalar.
  const first = bin("gt", load(F32, reg("x")), num(0));
  cases["f32 guard"] = [select(first, f, g, "guard"), VALUES];
  for (const op of [
    "add",
    "sub",
    "mul",
    "div",
    "floordiv",
    "mod",
    "rem",
    "min",
    "max",
    "and",
    "or",
    "xor",
    "shl",
    "shr",
    "sdot",
    "usdot",
    "dot16",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
  ] as const)
    cases[`i32 ${op}`] = [bin(op, m, n), INTEGERS];
  for (const divisor of [1, 3, 64]) {
    cases[`i32 floordiv ${divisor}`] = [bin("floordiv", m, int(divisor, lanes)), INTEGERS];
    cases[`i32 mod ${divisor}`] = [bin("mod", m, int(divisor, lanes)), INTEGERS];
  }
  for (const op of ["neg", "abs", "not"] as const) cases[`i32 ${op}`] = [un(op, m), INTEGERS];
  cases["i32 to f32"] = [cast("f32", m), INTEGERS];
  cases["i32 float"] = [un("float", m, "f32"), INTEGERS];
  for (const op of ["and", "or", "xor", "min", "max", "eq", "ne", "lt", "le", "gt", "ge"] as const)
    cases[`bool ${op}`] = [bin(op, bool(m), bool(n)), INTEGERS];
  cases["bool not"] = [un("not", bool(m)), INTEGERS];
  cases["bool load"] = [load({ ...I32, dtype: "bool" }, reg("x"), lanes), [0, 1]];
  cases["bool to i32"] = [add(cast("i32", bool(m)), cast("i32", bool(n))), INTEGERS];
  return Object.fromEntries(
    Object.entries(cases).map(([name, [value, operands]]) => [
      name,
      { value, operands, float: name.startsWith("f32") },
    ]),
  );
}

/** A function that stores a value of operands at x to out. */
export function storing(value: Value): KernelFunction {
  const memory = { ...F32, dtype: value.dtype };
  return code(
    [
      ["x", F32],
      ["out", memory],
    ],
    [store(memory, reg("out"), value)],
  );
}

/** All pairs of a case's operands: the left ones of `lanes` pairs, then the right ones. */
export function operandPairs({ operands }: PrimitiveCase, lanes: number): (readonly number[])[] {
  const pairs = operands.flatMap((left) => operands.map((right) => [left, right] as const));
  const groups = Array.from({ length: Math.ceil(pairs.length / lanes) }, (_, i) =>
    Array.from({ length: lanes }, (__, lane) => pairs[(i * lanes + lane) % pairs.length]!),
  );
  return groups.map((group) => [...group.map(([a]) => a), ...group.map(([, b]) => b)]);
}

/** What code leaves behind the operands; which of the NaNs a result is differs between engines. */
export function resultOf(
  { value, float }: PrimitiveCase,
  operands: readonly number[],
  call: (arena: { readonly f32: Float32Array; readonly i32: Int32Array }) => void,
): number[] {
  const f32 = new Float32Array(operands.length + value.lanes);
  const i32 = new Int32Array(f32.buffer);
  (float ? f32 : i32).set(operands);
  call({ f32, i32 });
  return [...(value.dtype === "f32" ? f32 : i32).subarray(operands.length)];
}
