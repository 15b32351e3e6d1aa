/** Floats of 16 bits as callers have them: a `Float16Array` where the engine has that, else their patterns of bits. */
import type { Memory } from "./memory.js";
import type { Float16ArrayLike } from "./web.js";

/** Values of f16: a `Float16Array`, or in engines that have none their bits. */
export type HalfArray = Float16ArrayLike | Uint16Array;

/** An array for results of f16, of zeros. */
export function newHalves(length: number): HalfArray {
  const { Float16Array } = globalThis as {
    Float16Array?: new (length: number) => Float16ArrayLike;
  };
  return Float16Array === undefined ? new Uint16Array(length) : new Float16Array(length);
}

/** Writes the f32 of each pattern from an element of the memory on. */
export function decodeHalves(
  from: Uint16Array,
  type: "f16" | "bf16",
  { f32, i32 }: Memory,
  offset: number,
): void {
  for (let i = 0; i < from.length; i++) {
    const bits = from[i]!;
    const size = bits & 0x7fff;
    if (type === "bf16") i32[offset + i] = bits << 16;
    else if (size < 0x400) f32[offset + i] = (bits === size ? size : -size) * 2 ** -24;
    else
      i32[offset + i] =
        ((bits & 0x8000) << 16) | ((size << 13) + (size < 0x7c00 ? 0x38000000 : 0x70000000));
  }
}

/** The patterns of values that f16 or bf16 has, given as the bits of their f32. */
export function encodeHalves(from: Int32Array, type: "f16" | "bf16", to: Uint16Array): void {
  for (let i = 0; i < to.length; i++) {
    const bits = from[i]!;
    to[i] = type === "bf16" ? bits >>> 16 : halfOf(bits);
  }
}

/** A subnormal half is as many times 2^-24 as its fraction says, shifted by what the exponent lacks. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 255;
  if (exponent === 255) return sign | 0x7c00 | ((bits & 0x7fffff) === 0 ? 0 : 0x200);
  if (exponent > 112) return sign | (((bits & 0x7fffffff) - 0x38000000) >>> 13);
  return sign | (exponent < 102 ? 0 : ((bits & 0x7fffff) | 0x800000) >>> (126 - exponent));
}
