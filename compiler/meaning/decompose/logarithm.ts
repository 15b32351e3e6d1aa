/** log and its kin: the exponent field times ln 2 plus the logarithm of a mantissa near 1 by a polynomial. */
import { cast } from "../../compute/expr.js";
import type { Expr } from "../../compute/ir.js";
import { LN2_HIGH, LN2_LOW } from "./exponential.js";
import {
  abs,
  add,
  binary,
  bits,
  div,
  eq,
  float,
  fround,
  gt,
  i32,
  lt,
  mul,
  polynomial,
  select,
  sqrt,
  sub,
  withSignOf,
} from "./primitives.js";

/** Pattern of √½, the smallest mantissa. */
const SQRT_HALF = 0x3f3504f3;
const EXPONENT_MASK = 0xff800000;
export const SMALLEST_NORMAL = 2 ** -126;

/** (log(1 + f) − f + f²/2) / f³ for √½ ≤ 1 + f < √2: own minimax fit, relative error of log below 6e-9. */
const LOGARITHM = [
  0.3333333, -0.2500082, 0.20001242, -0.16623412, 0.14201592, -0.13159588, 0.12762067, -0.07636274,
];

/** x = 2^exponent · mantissa for a positive normal x, lowest ≤ mantissa < 2 · lowest (a pattern). */
export function splitFloat(x: Expr, lowest: number): { exponent: Expr; mantissa: Expr } {
  const pattern = bits(x);
  const above = sub(pattern, i32(lowest));
  const exponent = cast("f32", binary("shr", above, 23));
  const mantissa = float(sub(pattern, binary("and", above, i32(EXPONENT_MASK))));
  return { exponent, mantissa };
}

/** log(2^exponent · mantissa) + small */
function logOfParts(exponent: Expr, mantissa: Expr, small: Expr | number): Expr {
  const f = sub(mantissa, 1);
  const square = mul(f, f);
  const cubic = mul(mul(f, square), polynomial(LOGARITHM, f));
  const low = add(mul(exponent, LN2_LOW), small);
  const rest = add(sub(cubic, mul(0.5, square)), low);
  return add(mul(exponent, LN2_HIGH), add(f, rest));
}

/** log x: −Inf at 0, NaN below. */
export function log(x: Expr): Expr {
  const subnormal = lt(x, SMALLEST_NORMAL);
  const { exponent, mantissa } = splitFloat(select(subnormal, mul(x, 2 ** 23), x), SQRT_HALF);
  const value = logOfParts(add(exponent, select(subnormal, -23, 0)), mantissa, 0);
  const finite = select(lt(x, Infinity), value, x);
  return select(gt(x, 0), finite, select(eq(x, 0), -Infinity, NaN));
}

/** log(1 + t) as log u + (1 + t − u) / u, where u is 1 + t rounded: t ≥ 0 or −1 < t. */
function logOnePlus(t: Expr): Expr {
  const u = fround(add(1, t));
  const { exponent, mantissa } = splitFloat(u, SQRT_HALF);
  return logOfParts(exponent, mantissa, div(sub(t, sub(u, 1)), u));
}

export function log1p(x: Expr): Expr {
  const finite = select(lt(x, Infinity), logOnePlus(x), x);
  const value = select(gt(x, -1), finite, select(eq(x, -1), -Infinity, NaN));
  return select(eq(x, 0), x, value);
}

/** Above it, the square root in asinh x and acosh x is x as far as f32 can tell. */
const LARGE = 4096;

/** log(1 + t), or log(2 · x) for a large x. */
function logOnePlusOr(t: Expr, x: Expr): Expr {
  const large = gt(x, LARGE);
  const u = select(large, x, fround(add(1, t)));
  const { exponent, mantissa } = splitFloat(u, SQRT_HALF);
  const small = select(large, 0, div(sub(t, sub(u, 1)), u));
  return logOfParts(add(exponent, select(large, 1, 0)), mantissa, small);
}

/** ± log(1 + a + a² / (1 + √(a² + 1))), a = |x| */
export function asinh(x: Expr): Expr {
  const a = abs(x);
  const square = mul(a, a);
  const t = add(a, div(square, add(1, sqrt(add(square, 1)))));
  return withSignOf(x, select(lt(a, Infinity), logOnePlusOr(t, a), a));
}

/** log(1 + t + √(2t + t²)), t = x − 1; NaN below 1. */
export function acosh(x: Expr): Expr {
  const t = sub(x, 1);
  const value = logOnePlusOr(add(t, sqrt(add(add(t, t), mul(t, t)))), x);
  return select(lt(x, 1), NaN, select(lt(x, Infinity), value, x));
}

/** ± ½ log(1 + 2a + 2a² / (1 − a)), a = |x|; ±Inf at ±1, NaN beyond. */
export function atanh(x: Expr): Expr {
  const a = abs(x);
  const twice = add(a, a);
  const value = mul(0.5, logOnePlus(add(twice, div(mul(twice, a), sub(1, a)))));
  return withSignOf(x, select(lt(a, 1), value, select(eq(a, 1), Infinity, NaN)));
}
