/** asin, acos, atan: argument transformations to a small interval and a polynomial there. */
import type { Expr } from "../../compute/ir.js";
import {
  abs,
  add,
  div,
  gt,
  lt,
  mul,
  polynomial,
  select,
  sqrt,
  sub,
  withSignOf,
} from "./primitives.js";

/** π/2 = HIGH + LOW to twice the precision of f32. */
const HALF_PI_HIGH = Math.fround(Math.PI / 2);
const HALF_PI_LOW = Math.PI / 2 - HALF_PI_HIGH;

/** (asin s / s − 1) / s² for |s| ≤ ½: Cephes asinf (S. Moshier). */
const ARCSINE = [
  1.6666752422e-1, 7.4953002686e-2, 4.5470025998e-2, 2.4181311049e-2, 4.2163199048e-2,
];

/** Where |x| > ½: s = √((1 − |x|) / 2) and asin |x| = π/2 − 2 asin s. */
function arcsine(x: Expr): { readonly large: Expr; readonly asinOfS: Expr } {
  const a = abs(x);
  const large = gt(a, 0.5);
  const square = select(large, mul(0.5, sub(1, a)), mul(a, a));
  const s = select(large, sqrt(square), a);
  return { large, asinOfS: add(s, mul(s, mul(square, polynomial(ARCSINE, square)))) };
}

/** NaN outside ±1. */
export function asin(x: Expr): Expr {
  const { large, asinOfS } = arcsine(x);
  const complement = sub(HALF_PI_HIGH, sub(add(asinOfS, asinOfS), HALF_PI_LOW));
  return withSignOf(x, select(large, complement, asinOfS));
}

/** NaN outside ±1. */
export function acos(x: Expr): Expr {
  const { large, asinOfS } = arcsine(x);
  const negative = lt(x, 0);
  const twice = add(asinOfS, asinOfS);
  const obtuse = sub(2 * HALF_PI_HIGH, sub(twice, 2 * HALF_PI_LOW));
  const signed = select(negative, sub(0, asinOfS), asinOfS);
  const small = sub(HALF_PI_HIGH, sub(signed, HALF_PI_LOW));
  return select(large, select(negative, obtuse, twice), small);
}

/** (atan w / w − 1) / w² for |w| ≤ tan(π/8): Cephes atanf (S. Moshier). */
const ARCTANGENT = [-3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];

/** atan a = π/4 + atan((a − 1) / (a + 1)) = π/2 + atan(−1 / a) */
export function atan(x: Expr): Expr {
  const a = abs(x);
  const steep = gt(a, Math.SQRT2 + 1);
  const middle = gt(a, Math.SQRT2 - 1);
  const w = div(
    select(steep, -1, select(middle, sub(a, 1), a)),
    select(steep, a, select(middle, add(a, 1), 1)),
  );
  const square = mul(w, w);
  const high = select(steep, HALF_PI_HIGH, select(middle, HALF_PI_HIGH / 2, 0));
  const low = select(steep, HALF_PI_LOW, select(middle, HALF_PI_LOW / 2, 0));
  const rest = add(mul(w, mul(square, polynomial(ARCTANGENT, square))), low);
  return withSignOf(x, add(high, add(w, rest)));
}
