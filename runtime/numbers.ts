/** The few numeric functions that kernels cannot write as one operator; exact in every engine. */

/** Rounds to the nearest integer, ties to the even one, and keeps the sign of zero. */
export function round(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude < 4503599627370496)) return x;
  // Adding 2^52 leaves no bits for a fraction, and IEEE addition rounds ties to even.
  const rounded = magnitude + 4503599627370496 - 4503599627370496;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

const asFloat = new Float32Array(1);
const asInt = new Int32Array(asFloat.buffer);

/** The bit pattern of x rounded to f32, as an i32. */
export function bits(x: number): number {
  asFloat[0] = x;
  return asInt[0]!;
}

/** The f32 whose bit pattern is the i32 x. */
export function float(x: number): number {
  asInt[0] = x;
  return asFloat[0]!;
}

/** What the exponents of halves and of f32 differ by. */
const HALF_SCALE = 2 ** 112;

/** The number whose half has these 16 bits. */
export function half(x: number): number {
  const size = x & 0x7fff;
  // Of what is infinite or no number the exponent is all ones there, too.
  asInt[0] = ((x & 0x8000) << 16) | (size << 13) | (size < 0x7c00 ? 0 : 0x7f800000);
  return asFloat[0]! * HALF_SCALE;
}

/** Adds up the products of the four bytes of two integers; those of both have signs. */
export function sdot(a: number, b: number): number {
  return (
    ((a << 24) >> 24) * ((b << 24) >> 24) +
    ((a << 16) >> 24) * ((b << 16) >> 24) +
    ((a << 8) >> 24) * ((b << 8) >> 24) +
    (a >> 24) * (b >> 24)
  );
}

/** The same where those of `b` have none. */
export function usdot(a: number, b: number): number {
  return (
    ((a << 24) >> 24) * (b & 255) +
    ((a << 16) >> 24) * ((b >> 8) & 255) +
    ((a << 8) >> 24) * ((b >> 16) & 255) +
    (a >> 24) * (b >>> 24)
  );
}

/** Adds up the products of the two halves of two integers, all of which have signs: 2³¹ of the least of them wraps. */
export function dot16(a: number, b: number): number {
  return (((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16)) | 0;
}

/** Truncates to an i32; what lies outside becomes the nearest i32, NaN becomes 0. */
export function saturate(x: number): number {
  return Math.max(-2147483648, Math.min(2147483647, x)) | 0;
}
