/** sin, cos, tan: reduced to |r| ≤ π/4 by subtracting multiples of π/2 (Cody and Waite). */
import type { Expr } from "../../compute/ir.js";
import { add, div, eq, floor, max, min, mul, neg, polynomial, select, sub } from "./primitives.js";

/**
 * π/2 in four positive parts (−0 stays −0); the first three have 11 bits or fewer, so that multiples below
 * 2^13 are exact.
 */
const HALF_PI = [
  1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12,
] as const;

/** (sin r / r − 1) / r² and (cos r − 1 + r²/2) / r⁴ for |r| ≤ π/4: Cephes sinf, cosf (S. Moshier). */
const SINE = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4];
const COSINE = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5];

interface Quadrant {
  /** x = k · π/2 + r */
  readonly k: Expr;
  readonly sine: Expr;
  readonly cosine: Expr;
}

/**
 * Accurate for |x| ≤ 10⁴ in f32 and 10⁶ in f64 arithmetic; beyond, r loses its meaning but is kept inside ±1,
 * so that results stay inside ±1 too.
 */
function reduce(x: Expr): Quadrant {
  const k = floor(add(mul(x, 2 / Math.PI), 0.5));
  const left = HALF_PI.reduce<Expr>((rest, part) => sub(rest, mul(k, part)), x);
  const r = max(min(left, 1), -1);
  const square = mul(r, r);
  const sine = mul(r, add(1, mul(square, polynomial(SINE, square))));
  const quartic = mul(mul(square, square), polynomial(COSINE, square));
  return { k, sine, cosine: add(sub(1, mul(0.5, square)), quartic) };
}

/** k mod 2 and ⌊k/2⌋ mod 2 as 0 or 1, for any k. */
function parity(k: Expr): { readonly odd: Expr; readonly upper: Expr } {
  const half = floor(mul(k, 0.5));
  const quarter = floor(mul(half, 0.5));
  return { odd: eq(sub(k, add(half, half)), 1), upper: eq(sub(half, add(quarter, quarter)), 1) };
}

export function sin(x: Expr): Expr {
  const { k, sine, cosine } = reduce(x);
  const { odd, upper } = parity(k);
  const value = select(odd, cosine, sine);
  return select(upper, neg(value), value);
}

/** sin(x + π/2): one quadrant on. */
export function cos(x: Expr): Expr {
  const { k, sine, cosine } = reduce(x);
  const { odd, upper } = parity(add(k, 1));
  const value = select(odd, cosine, sine);
  return select(upper, neg(value), value);
}

/** sin / cos, or −cos / sin in odd quadrants. */
export function tan(x: Expr): Expr {
  const { k, sine, cosine } = reduce(x);
  const { odd } = parity(k);
  return div(select(odd, neg(cosine), sine), select(odd, sine, cosine));
}
