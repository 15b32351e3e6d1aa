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

/** The patterns of the nearest halves. */
export function halvesOf(data: Float32Array): Uint16Array {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i++) {
    const size = bits[i]! & 0x7fffffff;
    halves[i] = isPlain(size)
      ? ((bits[i]! >>> 16) & 0x8000) | ((roundedBits(size) - HALF_BIAS) >>> 13)
      : halfOfNumber(data[i]!);
  }
  return halves;
}

/** The nearest halves as the f32 that they are. */
export function roundedToHalves(data: Float32Array): Float32Array<ArrayBuffer> {
  const rounded = Float32Array.from(data);
  const bits = new Int32Array(rounded.buffer);
  for (let i = 0; i < bits.length; i++) {
    const size = bits[i]! & 0x7fffffff;
    if (isPlain(size)) bits[i] = (bits[i]! & 0x80000000) | roundedBits(size);
    else rounded[i] = numberOfHalf(halfOfNumber(rounded[i]!));
  }
  return rounded;
}

/** What the exponents of halves and of f32 differ by, where an f32 has its exponent. */
const HALF_BIAS = 0x38000000;

/** Whether the nearest half of a magnitude, given as bits, is neither subnormal nor infinite for sure. */
function isPlain(size: number): boolean {
  return size >= 0x38800000 && size < 0x477fe000;
}

/** Ten bits of a fraction, rounded to even by what is below them. */
function roundedBits(size: number): number {
  return (size + 0xfff + ((size >>> 13) & 1)) & ~0x1fff;
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
