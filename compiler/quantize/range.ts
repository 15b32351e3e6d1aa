/** Chooses from a distribution which values a byte shall reach, by one of three methods, and the scale and zero point for them. */
import type { Quantum } from "../onnx-export/quantization.js";
import { SIDE, type Distribution } from "./histogram.js";

export const METHODS = ["min-max", "percentile", "mse"] as const;
/** `mse`: the least mean squared error; `percentile`: all but a few; `min-max`: everything. */
export type Method = (typeof METHODS)[number];

/** From the least to the greatest value that a byte stands for; 0 is always between them. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Per cent of the values that `percentile` reaches at either end. */
export const PERCENTILE = 99.99;

export function rangeFor(
  distribution: Distribution,
  method: Method,
  percentile = PERCENTILE,
): Range {
  switch (method) {
    case "min-max":
      return fullRange(distribution);
    case "percentile":
      return percentileRange(distribution, percentile);
    case "mse":
      return leastErrorRange(distribution);
    default:
      return method satisfies never;
  }
}

/** u8: the 256 steps from low to high, with 0 among them exactly. */
export function quantumOf({ low, high }: Range): Quantum {
  const scale = Math.fround((high - low) / 255);
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

function fullRange({ low, high }: Distribution): Range {
  return { low: Math.min(0, low), high: Math.max(0, high) };
}

/** At most (100 − percentile) per cent of all values are beyond each end, as far as bins tell. */
function percentileRange(distribution: Distribution, percentile: number): Range {
  const { bins, width, count } = distribution;
  const full = fullRange(distribution);
  const most = (1 - percentile / 100) * count;
  let [low, high] = [-SIDE, SIDE];
  for (let beyond = bins[low + SIDE]!; low < 0 && beyond <= most; beyond += bins[low + SIDE]!)
    low++;
  for (let beyond = bins[high - 1 + SIDE]!; high > 0 && beyond <= most;)
    beyond += bins[--high - 1 + SIDE]!;
  return { low: Math.max(full.low, low * width), high: Math.min(full.high, high * width) };
}

/** Candidates for each end in the first round, and around the best of them in the second. */
const ENDS = 64;
const FINER = 16;

/** What clipping and rounding cost together is least: ends from a grid, and from a finer one around the best. */
function leastErrorRange(distribution: Distribution): Range {
  const full = fullRange(distribution);
  const errorOf = squaredErrors(distribution);
  let best = { ...full, error: errorOf(full) };
  const search = (center: Range, step: number, count: number): void => {
    for (let i = -count; i <= count; i++)
      for (let k = -count; k <= count; k++) {
        const low = Math.min(0, Math.max(full.low, center.low - full.low * step * i));
        const high = Math.max(0, Math.min(full.high, center.high - full.high * step * k));
        const error = errorOf({ low, high });
        if (error < best.error) best = { low, high, error };
      }
  };
  search(full, 1 / ENDS, ENDS);
  search({ ...best }, 1 / (ENDS * FINER), FINER);
  return { low: best.low, high: best.high };
}

/** The sum of squared errors of all values if a range is what bytes reach. */
function squaredErrors({ bins, width }: Distribution): (range: Range) => number {
  // Of all bins below a position: how many values, their sum and the sum of their squares.
  const counts = new Float64Array(bins.length + 1);
  const sums = new Float64Array(bins.length + 1);
  const squares = new Float64Array(bins.length + 1);
  bins.forEach((count, i) => {
    const center = (i - SIDE + 0.5) * width;
    counts[i + 1] = counts[i]! + count;
    sums[i + 1] = sums[i]! + count * center;
    squares[i + 1] = squares[i]! + count * center * center;
  });
  const clipped = (from: number, to: number, end: number): number => {
    const part = (all: Float64Array): number => all[to]! - all[from]!;
    return part(squares) - 2 * end * part(sums) + end * end * part(counts);
  };
  return ({ low, high }) => {
    if (!(high > low)) return Infinity;
    const first = Math.min(bins.length, Math.max(0, Math.floor(low / width) + SIDE));
    const last = Math.min(bins.length, Math.max(first, Math.ceil(high / width) + SIDE));
    const step = (high - low) / 255;
    const rounded = ((counts[last]! - counts[first]!) * step * step) / 12;
    return rounded + clipped(0, first, low) + clipped(last, bins.length, high);
  };
}
