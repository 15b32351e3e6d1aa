/** How narrow weights lie in words of 32 bits, and how few instructions make numbers of them. */
import { halvesOf } from "../../base/float16.js";
import type { TensorData } from "../../base/tensor.js";
import { binary, cast, constant, mul, sub, unary } from "../../compute/expr.js";
import type { Expr } from "../../compute/ir.js";

export interface Format {
  /** By how many bits each field of a word is shifted up. */
  readonly shift: readonly number[];
  /** What the products of factors are multiplied with; `isOdd` is 0 or 1. */
  prepared(isOdd: Expr): Expr | number;
  /** What is summed up for a field: `words` where `shift` is the field's. */
  value(words: Expr, shift: Expr): Expr;
  /** For each field, what is added to its sum of products for all that they are multiplied with. */
  readonly biases?: readonly number[];
  /** Sums of what the fields mean from sums of what is summed up for them. */
  readonly sums: readonly (readonly number[])[];
  /** The bits of weights, or undefined where there are none for one of them. */
  encode(data: TensorData): Encoding | undefined;
}

/** Bits of element `at`, to be shifted. */
export type Encoding = (at: number, field: number, isOdd: boolean) => number;

const BYTES = [0, 1, 2, 3];
/** What is added to the lower three bytes of a word, so that a mask leaves no sign to be extended. */
const BIAS = 128;

/**
 * Lower bytes are part of what is summed up for a higher one, so that all take one mask and no shift, and the highest
 * none. Every second weight has the opposite sign, as what it is multiplied with, so that biases hardly add up.
 */
const bytes: Format = {
  shift: BYTES.map((byte) => 8 * byte),
  prepared: (isOdd) => cast("f32", sub(1, mul(isOdd, 2))),
  // 256 · 256³ is 0: of the highest byte all bits stay.
  value: (words, shift) =>
    cast("f32", binary("and", words, sub(binary("shl", constant(256, "i32"), shift), 1))),
  biases: BYTES.map((byte) =>
    BYTES.slice(0, Math.min(byte + 1, 3)).reduce((sum, one) => sum - BIAS * 256 ** one, 0),
  ),
  sums: BYTES.map((byte) =>
    BYTES.map((of) => (of === byte ? 1 : of === byte - 1 ? -1 : 0) * 256 ** -byte + 0),
  ),
  encode(data) {
    const values = data as Int8Array;
    if (values.includes(-BIAS)) return undefined;
    return (at, field, isOdd) =>
      (isOdd ? -values[at]! : values[at]!) + (field < BYTES.length - 1 ? BIAS : 0);
  },
};

/** Sign and magnitude of a half where an f32 has them. */
const HALF_BITS = 0x8fffe000 | 0;
/** The bits of a half mean 2¹¹² times less as those of an f32: some of it before the product, so that nothing is too small, the rest behind, so that nothing is too large. */
const [BEFORE, BEHIND] = [2 ** 48, 2 ** 64];

/** The higher half is shifted and masked, the lower one moved there before. */
const halves: Format = {
  shift: [0, 16],
  prepared: () => BEFORE,
  value: (words, shift) => {
    const high = binary("shl", words, sub(constant(16, "i32"), shift));
    return unary("float", binary("and", binary("shr", high, 3), HALF_BITS));
  },
  sums: [
    [BEHIND, 0],
    [0, BEHIND],
  ],
  encode(data) {
    const bits = halvesOf(data as Float32Array);
    return (at) => bits[at]!;
  },
};

export const FORMATS: Readonly<Partial<Record<string, Format>>> = { i8: bytes, f16: halves };
