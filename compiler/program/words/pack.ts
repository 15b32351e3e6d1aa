/** Packs narrow weights into words of 32 bits. */
import { elementCount, type TensorData } from "../../base/tensor.js";
import type { NarrowSums } from "./narrowSums.js";

/** Field f of word q is step f · words + q; what there is no step for is 0. Undefined where a weight has no bits. */
export function wordsOf(
  data: TensorData,
  dims: readonly number[],
  { format, step, words }: NarrowSums,
): Int32Array<ArrayBuffer> | undefined {
  const encode = format.encode(data);
  if (encode === undefined) return undefined;
  const [inner, steps] = [elementCount(dims.slice(step + 1)), dims[step]!];
  const outer = elementCount(dims.slice(0, step));
  const packed = new Int32Array(outer * words * inner);
  for (let row = 0; row < outer * steps; row++) {
    const [o, k] = [Math.floor(row / steps), row % steps];
    const [field, word] = [Math.floor(k / words), k % words];
    const to = (o * words + word) * inner;
    for (let i = 0; i < inner; i++)
      packed[to + i]! |= encode(row * inner + i, field, word % 2 === 1) << format.shift[field]!;
  }
  return packed;
}
