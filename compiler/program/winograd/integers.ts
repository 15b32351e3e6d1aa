/**
 * Winograd's algorithm on integers, exactly: transforms are of integers, what is multiplied fits 16 bits, and sums are
 * the true ones times a number, modulo 2³². Two channels that are half of all apart are a word, on which transforms
 * work as on one number:
 *
 *   word(a, b) = a + 2¹⁶·b;   Σ c · word(a, b) = word(Σ c·a, Σ c·b)
 *
 * and a product of words, `dot16`, is that of both. Of the number that sums are too large by, the odd part is undone by
 * its inverse modulo 2³², and the rest by a shift, where as many bits more than the true sum has are there.
 */
import { addIndex, axisIndex, substituteExpr } from "../../compute/affine.js";
import { accumulator, add, binary, mul, startedBehind, sub } from "../../compute/expr.js";
import type { Axis, Compute, Expr, Load } from "../../compute/ir.js";
import { growth, scaleOf, transformsOf, type Filtering } from "./tables.js";
import type { Integers, Windowed } from "./window.js";

const SIXTEEN = 2 ** 15 - 1;

/** Whether 16 bits hold all that is multiplied, and 32 the sums, as many times as large as they come. */
export function fitsIntegers(
  filterings: readonly Filtering[],
  { low, high, weight, sum }: Integers,
): boolean {
  const grown = (kind: "input" | "weights"): number =>
    filterings.reduce((most, one) => most * growth(transformsOf(one, "integers")[kind]), 1);
  const { shift } = undoing(filterings);
  return (
    grown("input") * Math.max(-low, high) <= SIXTEEN &&
    grown("weights") * weight <= SIXTEEN &&
    sum * 2 ** shift < 2 ** 31
  );
}

/** What Computes sum up along: channels, or words of two. */
export function summedAxis({ inputs, integers }: Pick<Windowed, "inputs" | "integers">): Axis {
  return integers === undefined
    ? inputs
    : { name: inputs.name, extent: Math.ceil(inputs.extent / 2) };
}

/** What is read along that axis, of a load along channels, less a number. */
export function wordOf(read: Load, windowed: Windowed, zero: number): Expr {
  const { inputs } = windowed;
  const half = summedAxis(windowed);
  const apart = new Map([[inputs.name, addIndex(axisIndex(half), half.extent)]]);
  // What the last word has no second channel for is multiplied with weights of 0.
  const isCut = inputs.extent % 2 !== 0 && read.boundary === undefined;
  const bounded: Load = isCut ? { ...read, boundary: { mode: "constant", value: 0 } } : read;
  const word = add(bounded, binary("shl", substituteExpr(bounded, apart), 16));
  return zero === 0 ? word : sub(word, zero * (2 ** 16 + 1));
}

/** A word as two integers of 16 bits: a lower one below 0 has borrowed from the upper one. */
export function separated(word: Expr): Expr {
  return add(word, binary("shl", binary("and", word, 2 ** 15), 1));
}

/** What a Compute does to its sums, to those of transforms: what they begin with is not as many times as large. */
export function undone(compute: Compute, filterings: readonly Filtering[]): Compute {
  const { inverse, shift } = undoing(filterings);
  const scaled = accumulator("i32");
  const whole = inverse === 1 ? scaled : mul(scaled, inverse);
  return startedBehind(compute, shift === 0 ? whole : binary("shr", whole, shift));
}

/** Of the number that sums are too large by: the inverse of its odd part modulo 2³², and its factors of two. */
function undoing(filterings: readonly Filtering[]): {
  readonly inverse: number;
  readonly shift: number;
} {
  let odd = filterings.reduce((product, one) => product * scaleOf(one), 1);
  let shift = 0;
  for (; odd % 2 === 0; odd /= 2) shift++;
  // Each step of Newton's doubles the bits that are right; of an odd number three are.
  let inverse = odd;
  for (let bits = 3; bits < 32; bits *= 2)
    inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return { inverse, shift };
}
