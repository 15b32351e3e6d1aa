/** pow: products and roots for small constant exponents, otherwise 2^(y · log2 |x|) with log2 in two parts. */
import type { Expr } from "../../compute/ir.js";
import { nearest, scaleByPower, smallExpm1 } from "./exponential.js";
import { SMALLEST_NORMAL, splitFloat } from "./logarithm.js";
import {
  abs,
  add,
  binary,
  bits,
  both,
  div,
  either,
  eq,
  f32,
  float,
  floor,
  gt,
  i32,
  lt,
  max,
  min,
  mul,
  neg,
  polynomial,
  select,
  sqrt,
  sub,
  unary,
} from "./primitives.js";

export function pow(x: Expr, y: Expr): Expr {
  if (y.kind === "constant") {
    const special = constantPower(x, y.value);
    if (special !== undefined) return special;
  }
  return generalPower(x, y);
}

/** x^y for the exponents that products and square roots reach within 4 units in the last place. */
function constantPower(x: Expr, y: number): Expr | undefined {
  if (y === 0) return f32(1);
  const quarters = Math.abs(y) * 4;
  const whole = quarters % 4 === 0;
  if (!Number.isInteger(quarters) || quarters > (whole ? 24 : 15)) return undefined;
  // Roots of −0 and −Inf are those of 0 and Inf.
  const base = whole ? x : add(select(eq(x, -Infinity), Infinity, x), 0);
  if (y > 0) return product(base, quarters);
  if (y >= -1) return div(1, product(base, quarters));
  return y >= -1.5 || y === -2 || y === -3 ? product(div(1, base), quarters) : undefined;
}

/** base^(quarters / 4) */
function product(base: Expr, quarters: number): Expr {
  const factors: Expr[] = [];
  let power = base;
  for (let rest = Math.floor(quarters / 4); rest > 0; rest >>= 1) {
    if (rest % 2 === 1) factors.unshift(power);
    if (rest > 1) power = mul(power, power);
  }
  const root = quarters % 4 === 0 ? base : sqrt(base);
  if (quarters % 4 >= 2) factors.push(root);
  if (quarters % 2 === 1) factors.push(sqrt(root));
  return factors.reduce((value, factor) => mul(value, factor));
}

/** Every special case of IEEE 754's pow (C99 F.9.4.4). */
function generalPower(x: Expr, y: Expr): Expr {
  const a = abs(x);
  const finite = exp2(timesLog2(y, a));
  const edge = either(eq(a, 0), eq(a, Infinity));
  const magnitude = select(edge, select(lt(y, 0), div(1, a), a), finite);
  const whole = eq(floor(y), y);
  const half = floor(mul(y, 0.5));
  const odd = both(whole, eq(sub(y, add(half, half)), 1));
  const negative = both(odd, lt(bits(x), i32(0)));
  const signed = select(negative, neg(magnitude), magnitude);
  const complex = both(both(lt(x, 0), gt(x, -Infinity)), unary("not", whole));
  const unknown = either(complex, either(unary("isnan", x), unary("isnan", y)));
  const value = select(unknown, NaN, signed);
  return select(either(eq(y, 0), eq(x, 1)), 1, value);
}

/** A number of more bits than f32 has. */
interface TwoParts {
  readonly high: Expr;
  readonly low: Expr;
}

/** The upper 12 bits of x's mantissa: products of two such are exact. */
function upperPart(x: Expr): Expr {
  return float(binary("and", bits(x), i32(0xfffff000)));
}

/** Beyond it, x^y is 0, 1 or Inf for every f32 x. */
const LARGEST_EXPONENT = 2 ** 31;

/** y · log2 a, the high part exact. */
function timesLog2(y: Expr, a: Expr): TwoParts {
  const { high, low } = log2(a);
  const inside = max(min(y, LARGEST_EXPONENT), -LARGEST_EXPONENT);
  const upper = upperPart(inside);
  return { high: mul(upper, high), low: add(mul(sub(inside, upper), high), mul(inside, low)) };
}

/** Pattern of √3 / 2: mantissas in [√3/2, √3), centred on 1 or on 1.5. */
const SMALLEST_MANTISSA = 0x3f5db3d7;
/** 2 / (3 ln 2) and log2 1.5, in two parts each: FreeBSD's e_powf.c (Sun Microsystems, I. L. Taylor). */
const SCALE = 9.6179670095e-1;
const SCALE_HIGH = 9.619140625e-1;
const SCALE_LOW = -1.1736857402e-4;
const LOG2_HIGH = 5.849609375e-1;
const LOG2_LOW = 1.5632208487e-6;
/** (3/2 · log((1 + s) / (1 − s)) / s − 3 − s²) / s⁴: e_powf.c's first terms, enough for |s| ≤ 0.102. */
const LOG2 = [6.0000002384e-1, 4.2857143283e-1, 3.3333334327e-1];

/** s = (mantissa − center) / (mantissa + center) in two parts. */
function ratio(mantissa: Expr, center: Expr): { s: Expr } & TwoParts {
  const top = sub(mantissa, center);
  const bottom = add(mantissa, center);
  const inverse = div(1, bottom);
  const s = mul(top, inverse);
  const high = upperPart(s);
  const bottomHigh = upperPart(bottom);
  const bottomLow = sub(mantissa, sub(bottomHigh, center));
  const rest = sub(sub(top, mul(high, bottomHigh)), mul(high, bottomLow));
  return { s, high, low: mul(inverse, rest) };
}

/** log2 a for a positive a to about 2^-32 of its value, after FreeBSD's e_powf.c. */
function log2(a: Expr): TwoParts {
  const subnormal = lt(a, SMALLEST_NORMAL);
  const parts = splitFloat(select(subnormal, mul(a, 2 ** 24), a), SMALLEST_MANTISSA);
  const exponent = add(parts.exponent, select(subnormal, -24, 0));
  const upperHalf = gt(parts.mantissa, 1.2247449);
  const { s, high, low } = ratio(parts.mantissa, select(upperHalf, 1.5, 1));
  // 3 + s² + series = t, so that s · t is 3/2 · log(mantissa / center)
  const square = mul(s, s);
  const highSquare = mul(high, high);
  const series = mul(mul(square, square), polynomial(LOG2, square));
  const rest = add(series, mul(low, add(high, s)));
  const t = upperPart(add(add(highSquare, 3), rest));
  const tLow = sub(rest, sub(sub(t, 3), highSquare));
  const main = mul(high, t);
  const minor = add(mul(low, t), mul(tLow, s));
  const sum = upperPart(add(main, minor));
  const sumLow = sub(minor, sub(sum, main));
  const center = select(upperHalf, LOG2_HIGH, 0);
  const scaled = mul(sum, SCALE_HIGH);
  const scaledLow = add(
    add(mul(sum, SCALE_LOW), mul(sumLow, SCALE)),
    select(upperHalf, LOG2_LOW, 0),
  );
  const total = upperPart(add(add(add(scaled, scaledLow), center), exponent));
  const totalLow = sub(scaledLow, sub(sub(sub(total, exponent), center), scaled));
  return { high: total, low: totalLow };
}

/** 2^(high + low): Inf above 128, 0 below −151. */
function exp2({ high, low }: TwoParts): Expr {
  const sum = add(high, low);
  const k = nearest(sum);
  const r = mul(add(sub(high, k.value), low), Math.LN2);
  const value = scaleByPower(add(1, smallExpm1(r)), k);
  return select(gt(sum, 128), Infinity, select(lt(sum, -151), 0, value));
}
