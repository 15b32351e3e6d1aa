/** Packs narrow weights into words of 32 bits. */
import { elementCount, type TensorData } from "../../base/tensor.js";
import type { NarrowSums } from "./narrowSums.js";

/** Field f of word q is channel f · words + q; what there is no channel for is 0. Undefined where a weight has no bits. */
export function wordsOf(
  data: TensorData,
  dims: readonly number[],
  { format, channel, words, step }: NarrowSums,
): Int32Array<ArrayBuffer> | undefined {
  const encode = format.encode(data);
  if (encode === undefined) return undefined;
  const [inner, channels] = [elementCount(dims.slice(channel + 1)), dims[channel]!];
  const outer = elementCount(dims.slice(0, channel));
  const [stride, extent] = [elementCount(dims.slice(step + 1)), dims[step]!];
  const packed = new Int32Array(outer * words * inner);
  for (let row = 0; row < outer * channels; row++) {
    const [o, c] = [Math.floor(row / channels), row % channels];
    const [field, to] = [Math.floor(c / words), (o * words + (c % words)) * inner];
    for (let i = 0; i < inner; i++) {
      const at = row * inner + i;
      const isOdd = (Math.floor(at / stride) % extent) % 2 === 1;
      packed[to + i]! |= encode(at, field, isOdd) << format.shift[field]!;
    }
  }
  return packed;
}
