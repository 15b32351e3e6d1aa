/** What a numeric test of an op is, and the plain row-major arrays that expected values are computed with. */
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import {
  elementCount,
  rowMajorStrides,
  tensor,
  type DType,
  type Tensor,
} from "../../../compiler/base/tensor.js";

/** One application of an op to operands, and what it must yield by a formula of the test's own. */
export interface OpCase {
  readonly title: string;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly expected: Tensor;
  /** Absolute error allowed where an op rounds on the way; next to none by default. */
  readonly slack?: number;
}

/** Values that formulas go wrong on: NaN, infinities, zeros, half-way values, and the ends of exp. */
export const SPECIAL_FLOATS: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  ...[0.5, 1.5, 2.5, 3.5, 2 ** 23 + 1, 2 ** 22 + 0.5].flatMap((value) => [value, -value]),
  ...[3, 6, 88.8, 100, 104, 1e-30, 1e-45, 1e30, 3.4028234663852886e38].flatMap((value) => [
    value,
    -value,
  ]),
];

/** Extremes, and what lies around zero. */
export const SPECIAL_INTEGERS: readonly number[] = [
  0,
  1,
  -1,
  2,
  -2,
  7,
  -7,
  65537,
  2 ** 31 - 1,
  -(2 ** 31),
];

/** A generator of numbers in [0, 1) that only depends on the seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random floats in (−4, 4), integers in [−9, 9], narrower and boolean values in their range. */
export function random(dims: readonly number[], seed: number, dtype: DType = "f32"): Tensor {
  const next = generator(seed);
  const value = {
    f32: () => next() * 8 - 4,
    f64: () => next() * 8 - 4,
    f16: () => next() * 8 - 4,
    bf16: () => next() * 8 - 4,
    i32: () => Math.floor(next() * 19) - 9,
    i64: () => Math.floor(next() * 19) - 9,
    u8: () => Math.floor(next() * 256),
    i8: () => Math.floor(next() * 256) - 128,
    u16: () => Math.floor(next() * 65536),
    i16: () => Math.floor(next() * 65536) - 32768,
    u4: () => Math.floor(next() * 16),
    i4: () => Math.floor(next() * 16) - 8,
    bool: () => Math.floor(next() * 2),
  }[dtype];
  return tensor(dtype, dims, Array.from({ length: elementCount(dims) }, value));
}

/** The element at a multi-dimensional index. */
export function at({ type, data }: Tensor, index: readonly number[]): number {
  const strides = rowMajorStrides(type.dims);
  return Number(data[index.reduce((sum, i, d) => sum + i * strides[d]!, 0)]!);
}

/** A tensor whose elements are a function of their index. */
export function build(
  dtype: DType,
  dims: readonly number[],
  value: (index: readonly number[]) => number,
): Tensor {
  return tensor(dtype, dims, indicesIn(dims).map(value));
}

/** Every index inside dims, in row-major order. */
export function indicesIn(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (prefixes, dim) =>
      prefixes.flatMap((prefix) => Array.from({ length: dim }, (_, i) => [...prefix, i])),
    [[]],
  );
}

/** Where an index of a broadcast result lies in an operand of `dims`. */
export function unbroadcast(index: readonly number[], dims: readonly number[]): number[] {
  return dims.map((dim, i) => (dim === 1 ? 0 : index[index.length - dims.length + i]!));
}
