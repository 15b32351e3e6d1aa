/** How narrow weights lie in words of 32 bits, and how few instructions make numbers of them. */
import { halvesOf } from "../../base/float16.js";
import type { TensorData } from "../../base/tensor.js";
import { binary, cast, constant, sub, unary } from "../../compute/expr.js";
import type { Expr } from "../../compute/ir.js";

export interface Format {
  /** By how many bits each field of a word is shifted up. */
  readonly shift: readonly number[];
  /** Whether what odd words are multiplied with has the opposite sign, as their weights have. */
  readonly alternates: boolean;
  /** What the value of each field is multiplied with, as a sum over what the weights of a word are multiplied with. */
  readonly mixed: readonly (readonly number[])[];
  /** What is summed up for a field: `words` where `shift` is the field's. */
  value(words: Expr, shift: Expr): Expr;
  /** For each field, what is added to its sum of products for all that its weights are multiplied with. */
  readonly biases?: readonly number[];
  /** What sums over fields are multiplied with. */
  readonly behind: number;
  /** The bits of weights, or undefined where there are none for one of them. */
  encode(data: TensorData): Encoding | undefined;
}

/** Bits of element `at`, to be shifted; `isOdd` of its word. */
export type Encoding = (at: number, field: number, isOdd: boolean) => number;

const BYTES = [0, 1, 2, 3];
/** What is added to the bytes of a word, so that a mask leaves no sign to be extended. */
export const BIAS = 128;
/** The highest bit of a byte that is 128 more is the opposite of that of one with a sign. */
const HIGHEST = 0x80000000 | 0;

/**
 * Lower bytes are part of what is summed up for a higher one, so that all take one mask and no shift, and the highest
 * none, but has its sign again: byte b is 256⁻ᵇ · (its value less that of the byte before), hence what a byte is multiplied with stands in both.
 * Every second word has the opposite sign, as what it is multiplied with, so that biases hardly add up.
 */
const bytes: Format = {
  shift: BYTES.map((byte) => 8 * byte),
  alternates: true,
  mixed: BYTES.map((byte) =>
    BYTES.map((of) => (of === byte ? 1 : of === byte + 1 ? -1 : 0) * 256 ** -of + 0),
  ),
  // 256 · 256³ is 0: of the highest byte all bits stay.
  value: (words, shift) =>
    cast(
      "f32",
      binary(
        "and",
        binary("xor", words, HIGHEST),
        sub(binary("shl", constant(256, "i32"), shift), 1),
      ),
    ),
  biases: BYTES.map((byte) => (byte < BYTES.length - 1 ? -BIAS : 0)),
  behind: 1,
  encode(data) {
    const values = data as Int8Array;
    if (values.includes(-BIAS)) return undefined;
    return (at, _, isOdd) => (isOdd ? -values[at]! : values[at]!) + BIAS;
  },
};

/** Sign and magnitude of a half where an f32 has them. */
const HALF_BITS = 0x8fffe000 | 0;
/** The bits of a half mean 2¹¹² times less as those of an f32: some of it before the product, so that nothing is too small, the rest behind, so that nothing is too large. */
const [BEFORE, BEHIND] = [2 ** 48, 2 ** 64];

/** The higher half is shifted and masked, the lower one moved there before. */
const halves: Format = {
  shift: [0, 16],
  alternates: false,
  mixed: [
    [BEFORE, 0],
    [0, BEFORE],
  ],
  value: (words, shift) => {
    const high = binary("shl", words, sub(constant(16, "i32"), shift));
    return unary("float", binary("and", binary("shr", high, 3), HALF_BITS));
  },
  behind: BEHIND,
  encode(data) {
    const bits = halvesOf(data as Float32Array);
    return (at) => bits[at]!;
  },
};

export const FORMATS: Readonly<Partial<Record<string, Format>>> = { i8: bytes, f16: halves };
