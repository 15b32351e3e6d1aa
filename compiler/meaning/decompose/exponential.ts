/** exp and its kin: 2^k · e^r with k put into the exponent field, e^r by a polynomial. */
import type { Expr } from "../../compute/ir.js";
import {
  abs,
  add,
  binary,
  bits,
  div,
  eq,
  float,
  gt,
  i32,
  lt,
  max,
  min,
  mul,
  polynomial,
  select,
  sub,
  withSignOf,
} from "./primitives.js";

/** ln 2 in two parts; the first has 15 bits, so that k times it is exact. Both are positive: −0 stays −0. */
export const LN2_HIGH = 0.693145751953125;
export const LN2_LOW = 1.428606765330187e-6;

/** Adding 1.5 · 2^23 leaves the nearest integer in the low bits of an f32. */
const TO_INTEGER = 12582912;
/** Exponent field of 1. */
const ONE = 0x3f800000;
const EXPONENT_STEP = 1 << 23;

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2: own minimax fit, relative error of e^r − 1 below 1.4e-8. */
const EXPONENTIAL = [0.49999997, 0.16666545, 0.041667465, 0.0083664255, 0.0013868242];

/** The nearest integer to x, as an f32 and as the low bits of an i32. */
export interface Nearest {
  readonly value: Expr;
  readonly pattern: Expr;
}

export function nearest(x: Expr): Nearest {
  const pattern = bits(add(x, TO_INTEGER));
  return { value: sub(float(pattern), TO_INTEGER), pattern };
}

/** e^r − 1 for |r| ≤ ln 2 / 2. */
export function smallExpm1(r: Expr): Expr {
  return add(r, mul(mul(r, r), polynomial(EXPONENTIAL, r)));
}

/** x · 2^k in two steps, so that subnormal and huge results come out right: k = −150 … 128. */
export function scaleByPower(x: Expr, { pattern }: Nearest): Expr {
  const half = binary("shr", pattern, 1);
  return mul(mul(x, power(half, ONE)), power(sub(pattern, half), ONE));
}

/** 2^k · 2^(bias's exponent); the shift drops all but the low bits of k. */
function power(k: Expr, bias: number): Expr {
  return float(add(binary("shl", k, 23), i32(bias)));
}

/** x = k · ln 2 + r, |r| ≤ ln 2 / 2 */
function reduce(x: Expr): { readonly k: Nearest; readonly r: Expr } {
  const k = nearest(mul(x, Math.LOG2E));
  return { k, r: sub(sub(x, mul(k.value, LN2_HIGH)), mul(k.value, LN2_LOW)) };
}

/** e^x: Inf above 88.72283, gradual underflow down to 0 below −104. */
export function exp(x: Expr): Expr {
  const { k, r } = reduce(x);
  const value = scaleByPower(add(1, smallExpm1(r)), k);
  return select(gt(x, 88.72283), Infinity, select(lt(x, -104), 0, value));
}

/**
 * 1 + e^x, as sigmoids divide by: Inf above 89.07 (in f32 arithmetic above 88.72283), 1 far below 0. What
 * vanishes beside 1 needs no gradual underflow, so that one step of scaling is enough: 2^(k−1), since 2^k may
 * overflow before e^x does. Beyond 89.07, k is 129 and that power's pattern is the one of Inf.
 */
export function onePlusExp(x: Expr): Expr {
  const { k, r } = reduce(max(min(x, 89.3), -80));
  const half = mul(add(1, smallExpm1(r)), power(k.pattern, ONE - EXPONENT_STEP));
  return add(1, mul(half, 2));
}

/** e^x − 1 = 2 · (2^(k−1) · (e^r − 1) + (2^(k−1) − ½)); −1 below −18. */
export function expm1(x: Expr): Expr {
  const { k, r } = reduce(x);
  const scale = power(k.pattern, ONE - EXPONENT_STEP);
  const half = add(mul(scale, smallExpm1(r)), sub(scale, 0.5));
  const value = select(gt(x, 88.72283), Infinity, select(lt(x, -18), -1, add(half, half)));
  return select(eq(x, 0), x, value);
}

/** e^a / 2 for 0 ≤ a < 89.416, where e^a may overflow already. */
function halfExp(a: Expr): Expr {
  const { k, r } = reduce(a);
  const quarter = mul(add(1, smallExpm1(r)), power(k.pattern, ONE - 2 * EXPONENT_STEP));
  return add(quarter, quarter);
}

/** The largest argument for which sinh and cosh are finite in f32. */
const HYPERBOLIC_LIMIT = 89.415985;

/** (e^a − e^−a) / 2 from 1 on; below, Cephes sinhf (S. Moshier): x · (1 + x² P(x²)). */
export function sinh(x: Expr): Expr {
  const a = abs(x);
  const half = halfExp(a);
  const large = select(gt(a, HYPERBOLIC_LIMIT), Infinity, sub(half, div(0.25, half)));
  const square = mul(x, x);
  const correction = mul(
    square,
    polynomial([1.66667160211e-1, 8.33028376239e-3, 2.03721912945e-4], square),
  );
  return select(lt(a, 1), add(x, mul(x, correction)), withSignOf(x, large));
}

/** (e^a + e^−a) / 2 */
export function cosh(x: Expr): Expr {
  const a = abs(x);
  const half = halfExp(a);
  return select(gt(a, HYPERBOLIC_LIMIT), Infinity, add(half, div(0.25, half)));
}

/** tanh(t / 2) = (e^t − 1) / (e^t − 1 + 2) for 0 ≤ t ≤ 80: exact near 0 and never above 1. */
export function tanhOfHalf(t: Expr): Expr {
  const { k, r } = reduce(t);
  const scale = power(k.pattern, ONE);
  const grown = add(mul(scale, smallExpm1(r)), sub(scale, 1));
  return div(grown, add(grown, 2));
}

/** From 9.02 on tanh is 1 in f32. */
export function tanh(x: Expr): Expr {
  const a = min(abs(x), 9.02);
  return withSignOf(x, tanhOfHalf(add(a, a)));
}
