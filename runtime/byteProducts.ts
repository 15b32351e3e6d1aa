/** Tells how an engine multiplies bytes, four at a time: relaxed SIMD leaves open whether those of one factor have signs. */
import { sdot, usdot } from "./numbers.js";

/** How an engine multiplies four bytes with signs by four others and adds up: `sdot` where those have signs, too. */
export type ByteProducts = "usdot" | "sdot" | undefined;

/** A function of two integers: i32x4.relaxed_dot_i8x16_i7x16_add_s of them in all lanes and zeros, lane 0. */
export const DOT_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 100, 111,
  116, 0, 0, 10, 36, 1, 34, 0, 32, 0, 253, 17, 32, 1, 253, 17, 253, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 253, 147, 2, 253, 27, 0, 11,
]);

/** The kind of a function of four bytes by four; undefined where it is neither. */
export function kindOfProducts(dot: (a: number, b: number) => number): ByteProducts {
  const words = [0x80808080, 0x7f7f7f7f, 0x7f80ff01, 0xffffffff, 0x80808080, 0x00ff7f80];
  const agrees = (product: (a: number, b: number) => number): boolean =>
    words.every((a) => words.every((b) => dot(a | 0, b | 0) === product(a | 0, b | 0)));
  if (agrees(usdot)) return "usdot";
  return agrees(sdot) ? "sdot" : undefined;
}
