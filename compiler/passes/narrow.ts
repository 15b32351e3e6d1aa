/** Weights in fewer bits: the nearest halves, integers with a scale for each channel, and what already fits 16 bits. */
import { roundedToHalves } from "../base/float16.js";
import { elementCount, elementOf, rowMajorStrides } from "../base/tensor.js";
import { enlarge, limit, neighboursOf } from "./neighbours.js";

/** How large weights are kept: f32 where nothing else is exact, f16, or int8 with a scale for each output channel. */
export const WEIGHTS_TYPES = ["f32", "f16", "int8"] as const;
export type WeightsType = (typeof WEIGHTS_TYPES)[number];

/** A channel of fewer weights would have more bytes of scales than it saves. */
const FEWEST_A_CHANNEL = 4;
const LARGEST = 127;
const SMALLEST = 2 ** -149;

/** Whether every value is finite and one of the type. */
export function isExact(data: Float32Array, dtype: "f16" | "bf16"): boolean {
  return data.every((value) => Number.isFinite(value) && elementOf(dtype, value) === value);
}

const LIMITS = { i8: [-128, 127], u8: [0, 255], i16: [-32768, 32767] } as const;

/** Whether every integer is one of the type. */
export function fits(data: Int32Array, dtype: keyof typeof LIMITS): boolean {
  const [least, most] = LIMITS[dtype];
  return data.every((value) => value >= least && value <= most);
}

/** Every value rounded to the nearest, ties to even; a reason where one is not finite, or would not be. */
export function roundedTo16(data: Float32Array): Float32Array | string {
  const rounded = roundedToHalves(data);
  const at = rounded.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return rounded;
  const why = Number.isFinite(data[at]) ? ", and f16 ends at 65504" : "";
  return `value ${at} is ${data[at]}${why}`;
}

export interface Quantized {
  readonly values: Int8Array<ArrayBuffer>;
  /** One for each channel: the largest magnitude in it by 127. */
  readonly scale: Float32Array<ArrayBuffer>;
}

/**
 * value = integer · scale of its channel, −127 to 127, to the nearest; channels are what `channels` says of dims. With
 * `pairs`, a dim that is summed up, neighbours along it come to 128 at most, so that 16 bits hold what they and any two
 * bytes add up to: those that would come to more are the nearest that do not, and scales are larger where that is less
 * to lose. A reason where a value is not finite or channels are too short.
 */
export function int8Of(
  data: Float32Array,
  dims: readonly number[],
  channels: readonly boolean[],
  pairs?: number,
): Quantized | string {
  const counts = dims.map((dim, d) => (channels[d] === true ? dim : 1));
  const count = elementCount(counts);
  if (data.length / count < FEWEST_A_CHANNEL)
    return `it has ${data.length} values in ${count} channels`;
  const channelOf = channelRuns(dims, counts);
  const scale = new Float32Array(count);
  channelOf((from, to, channel) => {
    let most = scale[channel]!;
    for (let i = from; i < to; i++) most = Math.max(most, Math.abs(data[i]!));
    scale[channel] = most;
  });
  if (!scale.every(Number.isFinite)) {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    return `value ${bad} is ${data[bad]}`;
  }
  for (let c = 0; c < count; c++) scale[c] = scaleFor(scale[c]!);
  const neighbours = pairs === undefined ? undefined : neighboursOf(dims, counts, pairs);
  if (neighbours !== undefined) enlarge(data, scale, data.length / count, neighbours);
  const values = new Int8Array(data.length);
  channelOf((from, to, channel) => {
    const by = scale[channel]!;
    for (let i = from; i < to; i++) {
      const steps = data[i]! / by;
      // The array drops the fraction.
      values[i] = steps + (steps < 0 ? -0.5 : 0.5);
    }
  });
  neighbours?.((a, b, channel) => limit(data, values, scale[channel]!, a, b));
  return { values, scale };
}

/** Of a channel with this largest magnitude; among the smallest numbers the next one up, so that none is more than 127 of it. */
function scaleFor(most: number): number {
  if (most === 0) return 1;
  const scale = Math.fround(most / LARGEST);
  return most / scale < LARGEST + 0.25 ? scale : Math.fround(scale + SMALLEST);
}

type Visit = (from: number, to: number, channel: number) => void;

/** Goes through runs of neighbouring values of one channel, in order. */
function channelRuns(dims: readonly number[], counts: readonly number[]): (visit: Visit) => void {
  const strides = rowMajorStrides(counts);
  const last = counts.findLastIndex((count) => count > 1);
  const run = elementCount(dims.slice(last + 1));
  const outer = dims.slice(0, last + 1);
  return (visit) => {
    const index = outer.map(() => 0);
    const rows = elementCount(outer);
    for (let row = 0; row < rows; row++) {
      const channel = index.reduce((sum, i, d) => sum + (counts[d] === 1 ? 0 : i * strides[d]!), 0);
      visit(row * run, (row + 1) * run, channel);
      for (let d = outer.length - 1; d >= 0 && ++index[d]! === outer[d]; d--) index[d] = 0;
    }
  };
}
