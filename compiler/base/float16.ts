/** Floats of 16 bits, which no typed array of every engine has: IEEE 754 binary16, and bfloat16. */

/** Adding 2^52 to a number below it leaves no bits for a fraction: to the nearest integer, ties to even. */
const NO_FRACTION = 2 ** 52;

/** The number that a pattern of 1 sign, 5 exponent and 10 fraction bits stands for. */
export function numberOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The pattern of the nearest half to the f32 that a number rounds to; from 65520 on it is infinite. */
export function halfOfNumber(value: number): number {
  const x = Math.fround(value);
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal halves are whole multiples of 2^-24; above them the fraction of each power of 2 has 10 bits.
  scratch.setFloat32(0, size);
  const exponent = Math.max((scratch.getUint32(0) >>> 23) - 127, -14);
  const fraction = size * 2 ** (10 - exponent) + NO_FRACTION - NO_FRACTION;
  return sign | (fraction + (exponent + 14) * 1024);
}

/** The number whose f32 has these upper 16 bits, and zeros below. */
export function numberOfBfloat(bits: number): number {
  scratch.setUint32(0, bits * 65536);
  return scratch.getFloat32(0);
}

/** The upper 16 bits of the f32 nearest to a number, rounded to even by what is below them. */
export function bfloatOfNumber(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
