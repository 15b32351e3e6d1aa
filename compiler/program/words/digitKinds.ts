/** What engines multiply words of bytes with: three digits of each integer, in as many bits as their instructions take. */
import { add, binary, cast, constant, mul, select, sub } from "../../compute/expr.js";
import type { Expr } from "../../compute/ir.js";
import type { DotEngine } from "../dots/computes.js";
import { BIAS } from "./formats.js";

/** `which` of the digits is meant, is an i32. */
export interface DigitKind {
  /** What the largest factor becomes: as large as digits hold, but for what quotients of f32 may be rounded up by. */
  readonly largest: number;
  /** Sums of so many words fit 32 bits, and those over digits of 16 bits. */
  readonly words: number;
  /** By how much weights are more than the bytes that are multiplied. */
  readonly offset: number;
  /** A digit of the integers of a word, in the bits in which it is multiplied with that. */
  digit(integer: (byte: number) => Expr, which: Expr): Expr;
  /** What a digit counts. */
  power(which: Expr): Expr;
  /** The products of a digit with what it belongs to in a word. */
  product(words: Expr, digit: Expr, which: Expr): Expr;
  /** The same with ones. */
  sum(digit: Expr, which: Expr): Expr;
}

/** The digits of a word one after the other: bits that are not its own are masked away. */
function wordOf(bits: number, of: (position: number) => Expr): Expr {
  return Array.from({ length: 32 / bits }, (_, position) => {
    const low = binary("and", of(position), 2 ** bits - 1);
    return position === 0 ? low : binary("shl", low, bits * position);
  }).reduce((word, low) => binary("or", word, low));
}

const ONES = 0x01010101;
/** Each of three bytes has a sign: 128 more, and its highest bit turned. */
const SIGNS = 0x808080;

/** Three bytes of each integer, below 2²³ − 2¹⁵. */
const BYTES: DigitKind = {
  largest: 0x7f0000,
  words: 2 ** 15,
  offset: -BIAS,
  digit: (integer, which) =>
    wordOf(8, (byte) => {
      const bytes = binary("xor", add(integer(byte), SIGNS), SIGNS);
      return binary("shr", bytes, mul(which, 8));
    }),
  power: (which) => cast("f32", binary("shl", constant(1, "i32"), mul(which, 8))),
  product: (words, digit) => binary("usdot", digit, words),
  sum: (digit) => binary("sdot", digit, ONES),
};

/** The highest bit of a byte that is 128 more is the opposite of that of one with a sign. */
const HIGHEST = 0x80808080 | 0;

/** Bits of a digit that bytes are multiplied by: 255 times 64, twice, fit 16 bits. */
const LOW = 7;
/** Half of what it counts to is added before and subtracted behind, so that it has a sign. */
const HALF = 2 ** (LOW - 1);
/** Which digit that is; those before are the rest of the integers of even bytes and of odd ones, in 16 bits. */
const LOWEST = 2;

const isHalf = (which: Expr): Expr => binary("lt", which, LOWEST);

/** Below 2²² − 2⁷. */
const HALVES: DigitKind = {
  largest: 0x7fff * 2 ** LOW - HALF,
  words: 2 ** 8,
  offset: -BIAS,
  digit(integer, which) {
    const rounded = (byte: number): Expr => add(integer(byte), HALF);
    const halves = (first: number): Expr =>
      wordOf(16, (half) => binary("shr", rounded(first + 2 * half), LOW));
    const bytes = wordOf(8, (byte) => sub(binary("and", rounded(byte), 2 ** LOW - 1), HALF));
    return select(isHalf(which), select(binary("eq", which, 0), halves(0), halves(1)), bytes);
  },
  power: (which) => select(isHalf(which), 2 ** LOW, 1),
  product(words, digit, which) {
    // Every second byte, as a half without a sign.
    const halves = binary("and", binary("shr", words, mul(which, 8)), 0xff00ff);
    return select(isHalf(which), binary("dot16", halves, digit), binary("usdot", digit, words));
  },
  sum: (digit, which) =>
    select(isHalf(which), binary("dot16", digit, 0x10001), binary("sdot", digit, ONES)),
};

export const DIGIT_KINDS: Readonly<Record<DotEngine, DigitKind>> = {
  usdot: BYTES,
  sdot: {
    ...BYTES,
    offset: 0,
    product: (words, digit) => binary("sdot", digit, binary("xor", words, HIGHEST)),
  },
  usdot16: HALVES,
};
