/** What operations mean on integers of 64 bits: exact, and saturated where the result has more. */
import type { BinaryOp, Combine, Expr } from "../compute/ir.js";
import { identityOf } from "../compute/ir.js";
import { binaryFunction, combineFunction } from "./scalarMath.js";

/** Integers are bigints, floats and booleans numbers. */
export type Int64Value = number | bigint;

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;

export function saturated(value: bigint): bigint {
  return value < LOWEST ? LOWEST : value > HIGHEST ? HIGHEST : value;
}

/** Where a reduction starts. */
export function startOf(combine: Combine, body: Expr): Int64Value {
  if (body.dtype !== "i32") return identityOf(combine, body.dtype);
  if (combine === "max") return LOWEST;
  return combine === "min" ? HIGHEST : BigInt(identityOf(combine, "i32"));
}

/** Two values of a reduction as one. */
export function joined(combine: Combine, a: Int64Value, b: Int64Value): Int64Value {
  if (typeof a === "number" || typeof b === "number")
    return combineFunction(combine, "f32")(Number(a), Number(b));
  switch (combine) {
    case "sum":
      return saturated(a + b);
    case "prod":
      return saturated(a * b);
    case "min":
      return a < b ? a : b;
    case "max":
      return a > b ? a : b;
    default:
      return combine satisfies never;
  }
}

/** A cast; `wide`: floats have 64 bits. */
export function converted(value: Int64Value, to: Expr["dtype"], wide: boolean): Int64Value {
  if (to === "bool") return value ? 1 : 0;
  if (to === "f32") return wide ? Number(value) : Math.fround(Number(value));
  if (typeof value === "bigint") return value;
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value > 0 ? HIGHEST : LOWEST;
  return saturated(BigInt(Math.trunc(value)));
}

/** A binary op on operands of one type. */
export function binary(op: BinaryOp, a: Int64Value, b: Int64Value): Int64Value {
  if (typeof a === "number" || typeof b === "number")
    return binaryFunction(op, "f32")(Number(a), Number(b));
  const truth = (value: boolean): number => (value ? 1 : 0);
  switch (op) {
    case "add":
      return saturated(a + b);
    case "sub":
      return saturated(a - b);
    case "mul":
      return saturated(a * b);
    case "div":
      return b === 0n ? 0n : saturated(a / b);
    case "rem":
      return b === 0n ? 0n : a % b;
    case "floordiv":
      return b === 0n ? 0n : a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
    case "mod":
      return b === 0n ? 0n : ((a % b) + b) % b;
    case "min":
      return a < b ? a : b;
    case "max":
      return a > b ? a : b;
    case "pow":
      return power(a, b);
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return saturated(BigInt.asIntN(64, a << (b & 63n)));
    case "shr":
      return a >> (b & 63n);
    case "sdot":
    case "usdot":
      return bytesDot(a, b, op === "sdot");
    case "dot16":
      return [0n, 16n].reduce(
        (sum, bits) => sum + BigInt.asIntN(16, a >> bits) * BigInt.asIntN(16, b >> bits),
        0n,
      );
    case "eq":
      return truth(a === b);
    case "ne":
      return truth(a !== b);
    case "lt":
      return truth(a < b);
    case "le":
      return truth(a <= b);
    case "gt":
      return truth(a > b);
    case "ge":
      return truth(a >= b);
    default:
      return op satisfies never;
  }
}

/** Σ of the products of the lowest four bytes. */
function bytesDot(a: bigint, b: bigint, signed: boolean): bigint {
  const bytes = [0n, 8n, 16n, 24n].map((bits) => [a >> bits, b >> bits] as const);
  return bytes.reduce((sum, [left, right]) => {
    const other = signed ? BigInt.asIntN(8, right) : BigInt.asUintN(8, right);
    return sum + BigInt.asIntN(8, left) * other;
  }, 0n);
}

/** 64 doublings leave 64 bits whatever the base, but for those that stay. */
function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n)
    return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  if (base >= -1n && base <= 1n)
    return exponent === 0n ? 1n : exponent % 2n === 0n ? base * base : base;
  if (exponent > 64n) return base < 0n && exponent % 2n !== 0n ? LOWEST : HIGHEST;
  return saturated(base ** exponent);
}
