/** Integers of which two neighbours come to 128 at most: 16 bits hold the sum of their products with any two bytes. */
import { elementCount, rowMajorStrides } from "../base/tensor.js";

/** The most that two neighbours come to: 128 · 255 < 2¹⁵. */
const MOST = 128;
/** A scale grows by so much at a time, */
const GROWTH = 1.04;
/** as long as that costs less than it saves. */
const STEPS = 18;

type Neighbours = (visit: (a: number, b: number, channel: number) => void) => void;

/** Goes through the elements 2i and 2i + 1 along a dim, whose channel is that of all dims that are counted. */
export function neighboursOf(
  dims: readonly number[],
  counts: readonly number[],
  along: number,
): Neighbours {
  const inner = elementCount(dims.slice(along + 1));
  const extent = dims[along]!;
  const outer = elementCount(dims.slice(0, along));
  const strides = rowMajorStrides(dims);
  const own = rowMajorStrides(counts);
  const counted = counts.flatMap((count, d) => (count > 1 ? [d] : []));
  const channelOf = (at: number): number =>
    counted.reduce((sum, d) => sum + (Math.floor(at / strides[d]!) % dims[d]!) * own[d]!, 0);
  const channels = new Int32Array(inner);
  return (visit) => {
    for (let o = 0; o < outer; o++) {
      const first = o * extent * inner;
      for (let i = 0; i < inner; i++) channels[i] = channelOf(first + i);
      for (let e = 0; e + 1 < extent; e += 2) {
        const row = first + e * inner;
        for (let i = 0; i < inner; i++) visit(row + i, row + i + inner, channels[i]!);
      }
    }
  };
}

/** Makes scales larger as long as what is rounded costs less than what neighbours lose; `length` is a channel's. */
export function enlarge(
  data: Float32Array,
  scale: Float32Array,
  length: number,
  neighbours: Neighbours,
): void {
  let before = lostOf(data, scale, length, neighbours);
  const grows = Array.from(before, (_, c) => before[c]! > (length / 12) * scale[c]! ** 2);
  for (let step = 0; step < STEPS && grows.some((is) => is); step++) {
    const larger = scale.map((one, c) => (grows[c] === true ? one * GROWTH : one));
    const after = lostOf(data, larger, length, neighbours);
    grows.forEach((is, c) => {
      grows[c] = is && after[c]! < before[c]!;
      if (grows[c]) scale[c] = larger[c]!;
    });
    before = after;
  }
}

/** The squares of errors of each channel: of rounding, as they are in the mean, and of neighbours. */
function lostOf(
  data: Float32Array,
  scale: Float32Array,
  length: number,
  neighbours: Neighbours,
): Float64Array {
  const lost = Float64Array.from(scale, (one) => (length / 12) * one ** 2);
  neighbours((a, b, channel) => {
    const over = Math.abs(data[a]! + data[b]!) - MOST * scale[channel]!;
    if (over > 0) lost[channel]! += over ** 2 / 2;
  });
  return lost;
}

/** Two integers that come to no more: what is left over is taken from both, and from the one that is rounded up first. */
export function limit(
  data: Float32Array,
  values: Int8Array,
  scale: number,
  a: number,
  b: number,
): void {
  const [one, other] = [values[a]!, values[b]!];
  const sign = Math.sign(one + other);
  const over = sign * (one + other) - MOST;
  if (over <= 0) return;
  const upOf = (at: number): number => sign * (values[at]! - data[at]! / scale);
  const first = upOf(a) >= upOf(b);
  const [more, less] = [Math.ceil(over / 2), Math.floor(over / 2)];
  values[a] = one - sign * (first ? more : less);
  values[b] = other - sign * (first ? less : more);
}
