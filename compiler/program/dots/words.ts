/** Weights of bytes in words of four neighbours along what is summed up, and their sums, by which offsets are made up for. */
import { elementCount, rowMajorStrides, type TensorData } from "../../base/tensor.js";
import type { Constant } from "../../graph/definition.js";

/** Word q along the dim is the bytes 4q to 4q + 3, the first one lowest; what there is no byte for is 0. */
export function wordsOf(
  data: TensorData,
  dims: readonly number[],
  dim: number,
): { readonly words: Int32Array<ArrayBuffer>; readonly dims: readonly number[] } {
  const inner = elementCount(dims.slice(dim + 1));
  const extent = dims[dim]!;
  const count = Math.ceil(extent / 4);
  const outer = elementCount(dims.slice(0, dim));
  const words = new Int32Array(outer * count * inner);
  for (let o = 0; o < outer; o++)
    for (let c = 0; c < extent; c++) {
      const [from, to] = [(o * extent + c) * inner, (o * count + (c >> 2)) * inner];
      for (let i = 0; i < inner; i++)
        words[to + i]! |= (Number(data[from + i]!) & 255) << (8 * (c & 3));
    }
  return { words, dims: dims.map((one, d) => (d === dim ? count : one)) };
}

/** Sums over all dims but the kept ones. */
export function sumsOf(
  data: TensorData,
  dims: readonly number[],
  kept: readonly number[],
): Int32Array<ArrayBuffer> {
  const strides = rowMajorStrides(kept.map((d) => dims[d]!));
  const sums = new Int32Array(elementCount(kept.map((d) => dims[d]!)));
  const inner = elementCount(dims.slice((kept.at(-1) ?? -1) + 1));
  const whole = rowMajorStrides(dims);
  for (let at = 0; at < data.length; at += inner) {
    const to = kept.reduce(
      (sum, d, i) => sum + (Math.floor(at / whole[d]!) % dims[d]!) * strides[i]!,
      0,
    );
    for (let i = 0; i < inner; i++) sums[to]! += Number(data[at + i]!);
  }
  return sums;
}

/** The most that two neighbours of a word may come to, so that 16 bits hold their sum times 255. */
const MOST_OF_TWO = 128;
const known = new WeakMap<object, boolean>();

/** Whether 16 bits hold the sum of two products of neighbours, in each half of each word of a constant, with any two bytes. */
export function inSixteen(words: Constant | undefined): boolean {
  if (words?.source.kind !== "data" || !(words.source.data instanceof Int32Array)) return false;
  const { data } = words.source;
  const found = known.get(data) ?? data.every((word) => fits(word) && fits(word >> 16));
  known.set(data, found);
  return found;
}

/** Of opposite signs neither can come to more than 128 by itself. */
function fits(word: number): boolean {
  const [low, high] = [(word << 24) >> 24, (word << 16) >> 24];
  return Math.abs(low + high) <= MOST_OF_TWO;
}
