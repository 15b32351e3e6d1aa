/** Tells how an engine multiplies bytes: relaxed SIMD leaves open whether those of one factor have signs, and what is cut off. */
import { sdot, usdot } from "./numbers.js";

/**
 * How an engine multiplies four bytes with signs by four others and adds up: `sdot` where those have signs, too.
 * `usdot16` is `usdot`, but two products are added up in 16 bits, and are right where those hold their sum.
 */
export type ByteProducts = "usdot" | "sdot" | "usdot16" | undefined;

/** A product of two integers as four bytes each. */
type Product = (a: number, b: number) => number;

/** What the instructions make of two integers. */
export interface Products {
  /** i32x4.relaxed_dot_i8x16_i7x16_add_s of them in all lanes and zeros, lane 0. */
  readonly dot: Product;
  /** i16x8.relaxed_dot_i8x16_i7x16_s of the same, neighbours added up in 32 bits. */
  readonly dot16: Product;
}

/** A module of both. */
export const DOT_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 3, 2, 0, 0, 7, 15, 2, 3, 100,
  111, 116, 0, 0, 5, 100, 111, 116, 49, 54, 0, 1, 10, 55, 2, 34, 0, 32, 0, 253, 17, 32, 1, 253, 17,
  253, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 253, 147, 2, 253, 27, 0, 11, 18, 0, 32,
  0, 253, 17, 32, 1, 253, 17, 253, 146, 2, 253, 126, 253, 27, 0, 11,
]);

const EXTREMES = [0x80808080, 0x7f7f7f7f, 0x7f80ff01, 0xffffffff, 0x80808080, 0x00ff7f80];
/** Neighbours of one sign come to 128 at most: times 255, 16 bits hold that. */
const HALVES = [0x40404040, 0xc0c0c0c0, 0x7f017f01, 0x01ff8000, 0x81ff3f41, 0x7f808000];

/** The kind of an engine's instructions; undefined where it is none. */
export function kindOfProducts({ dot, dot16 }: Products): ByteProducts {
  const agree = (own: Product, product: Product, words: readonly number[]): boolean =>
    words.every((a) => EXTREMES.every((b) => own(a | 0, b | 0) === product(a | 0, b | 0)));
  if (agree(dot, usdot, EXTREMES)) return "usdot";
  if (agree(dot, sdot, EXTREMES)) return "sdot";
  return agree(dot16, usdot, HALVES) ? "usdot16" : undefined;
}
