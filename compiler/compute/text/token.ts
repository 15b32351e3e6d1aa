/** How names and constants are written in texts of kernels, so that a number tells its dtype. */
import { formatF32, formatNumber } from "../../base/numbers.js";
import { quoteName } from "../../base/quote.js";
import type { Scalar } from "../ir.js";

/** `%conv1`, `@conv1.weight`, `rows`, `%"weird name"` */
export function nameText(name: string): string {
  const sigil = /^[%@]/.test(name) ? name[0]! : "";
  return `${sigil}${quoteName(name.slice(sigil.length))}`;
}

/** 1 => 1.0; 0.5, 1e-7, -0.0, inf and nan tell it anyway. */
function withPoint(digits: string): string {
  return /^-?[0-9]+$/.test(digits) ? `${digits}.0` : digits;
}

/**
 * f32 with a point or an exponent, i32 as plain digits, bool as words. A number that f32 does not have keeps
 * the digits of an f64: 0.1 is the f32, 0.10000000000000001 is not.
 */
export function constantText(value: number, dtype: Scalar): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (dtype === "i32") return String(value);
  const single = withPoint(formatF32(Math.fround(value)));
  if (Object.is(Math.fround(value), value)) return single;
  const double = withPoint(formatNumber(value));
  return double === single ? value.toPrecision(17) : double;
}
