/** Operands over all of f32 and errors in units in the last place. */
import type { Expr } from "../../compiler/compute/ir.js";
import { evaluateBatch, type Arithmetic } from "./evaluateBatch.js";

/** Zeros, infinities, NaN, subnormals and what lies beside 1. */
export const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  88,
  89,
  -87,
  -88,
  -103.5,
  -104.5,
  128,
  -150,
  1e4,
  -1e4,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  -(2 ** -126),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  Infinity,
  -Infinity,
  NaN,
  1 - 2 ** -24,
  1 + 2 ** -23,
  2 ** 24,
  2 ** 31,
].map(Math.fround);

/** Every exponent and sign, with mantissas from a linear congruence. */
export function floats(count: number, seed = 1): Float64Array {
  const pattern = new Uint32Array(1);
  const value = new Float32Array(pattern.buffer);
  let state = seed;
  return Float64Array.from({ length: count }, (_, i) => {
    if (i < SPECIAL.length) return SPECIAL[i]!;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pattern[0] = (i * Math.floor(2 ** 32 / count) + (state % Math.floor(2 ** 32 / count))) >>> 0;
    return value[0]!;
  });
}

/** Distance of neighbouring f32 numbers at a value. */
function unit(value: number): number {
  const magnitude = Math.min(Math.abs(value), 3.4e38);
  if (magnitude < 2 ** -126) return 2 ** -149;
  return 2 ** (Math.floor(Math.log2(magnitude)) - 23);
}

/** Error of `got` in units in the last place of f32, Infinity where a special value is wrong. */
function error(got: number, expected: number): number {
  const stored = Math.fround(got);
  const wanted = Math.fround(expected);
  if (Object.is(stored, wanted)) return 0;
  if (stored !== stored || wanted !== wanted || stored === wanted) return Infinity;
  const overflow = (x: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, x));
  return Math.abs(overflow(stored) - overflow(expected)) / unit(expected);
}

export interface Worst {
  readonly ulp: number;
  readonly at: string;
}

/** The largest error of an expression over the rows of its operands, and where it is. */
export function worstOf(
  expr: Expr,
  columns: ReadonlyMap<string, Float64Array>,
  expected: (row: number) => number,
  arithmetic: Arithmetic,
): Worst {
  const got = evaluateBatch(expr, columns, arithmetic);
  return got.reduce<Worst>(
    (worst, value, i) => {
      const ulp = error(value, expected(i));
      if (ulp <= worst.ulp) return worst;
      const operands = [...columns].map(([name, column]) => `${name}=${column[i]}`).join(" ");
      return { ulp, at: `${operands}: ${value}, expected ${expected(i)}` };
    },
    { ulp: 0, at: "" },
  );
}
