/** Formulas of the pointwise ops that are more than one operation. */
import { add, binary, constant, div, max, min, mul, select, sub, unary } from "../compute/expr.js";
import type { Expr } from "../compute/ir.js";

export const exp = (x: Expr): Expr => unary("exp", x);
export const positive = (x: Expr): Expr => binary("gt", x, 0);
export const clamp = (x: Expr, low: number, high: number): Expr => min(max(x, low), high);
/** log(1 + eˣ) without overflow. */
export const softplus = (x: Expr): Expr =>
  add(max(x, 0), unary("log1p", exp(unary("neg", unary("abs", x)))));
/** alpha · (eˣ − 1) where x is not positive. */
export const elu = (x: Expr, alpha: number): Expr =>
  select(positive(x), x, mul(alpha, unary("expm1", x)));

/** Gaussian error linear unit: x · Φ(x), or its tanh approximation (Hendrycks & Gimpel 2016). */
export function gelu(x: Expr, approximate: "none" | "tanh"): Expr {
  const half = mul(0.5, x);
  if (approximate === "none") return mul(half, add(1, unary("erf", mul(x, Math.SQRT1_2))));
  const inner = add(x, mul(0.044715, mul(x, mul(x, x))));
  return mul(half, add(1, unary("tanh", mul(Math.sqrt(2 / Math.PI), inner))));
}

/**
 * The rest of x / y: with `fmod` it has the sign of x (C), otherwise that of y (Python, PyTorch's remainder).
 * Integers divided by 0 leave 0.
 */
export function rest(x: Expr, y: Expr, fmod: boolean): Expr {
  if (x.dtype === "i32") return binary(fmod ? "rem" : "mod", x, y);
  const signed = binary("rem", x, y);
  if (fmod) return signed;
  const opposed = binary("ne", binary("lt", signed, 0), binary("lt", y, 0));
  const shifted = binary("and", binary("ne", signed, 0), opposed);
  return select(shifted, add(signed, y), signed);
}

/** Whether x is one of the infinities asked for. */
export function infinite(
  x: Expr,
  which: { detectNegative: boolean; detectPositive: boolean },
): Expr {
  const above = binary("eq", x, Infinity);
  const below = binary("eq", x, -Infinity);
  if (which.detectNegative && which.detectPositive) return binary("or", above, below);
  if (which.detectPositive) return above;
  return which.detectNegative ? below : constant(0, "bool");
}

/** Cubic convolution (Keys 1981) at a distance that is not negative, with the free coefficient a. */
export function keys(d: Expr, a: number): Expr {
  const near = add(mul(mul(sub(mul(d, a + 2), a + 3), d), d), 1);
  const far = sub(mul(add(mul(sub(mul(d, a), 5 * a), d), 8 * a), d), 4 * a);
  return select(binary("le", d, 1), near, select(binary("lt", d, 2), far, 0));
}

/** What a float of 16 bits has: bits of its fraction, the least exponent of a normal number, and from where it is infinite. */
export interface Format {
  readonly fraction: number;
  readonly least: number;
  readonly infinite: number;
}

export const HALF: Format = { fraction: 10, least: -14, infinite: 65520 };
/** Only what is no number of f32 any more is infinite. */
export const BFLOAT: Format = { fraction: 7, least: -126, infinite: 2 ** 128 - 2 ** 119 };

/** The nearest number of a format, ties to even: a whole multiple of the last bit of its power of two, all of it exact. */
export function rounded(x: Expr, { fraction, least, infinite: limit }: Format): Expr {
  const power = unary("float", binary("and", unary("bits", x), 0x7f800000));
  const unit = mul(max(power, 2 ** least), 2 ** -fraction);
  const near = mul(unary("round", div(x, unit)), unit);
  return select(binary("ge", unary("abs", x), limit), mul(x, Infinity), near);
}
