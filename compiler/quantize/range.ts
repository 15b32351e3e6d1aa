/** Chooses from a distribution which values a byte shall reach, by one of three methods, and the scale and zero point for them. */
import type { Quantum } from "../onnx-export/quantization.js";
import type { Activation } from "./behind.js";
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

/** `behind`: what errors are counted behind by `mse`; they are those of the value itself by default. */
export function rangeFor(
  distribution: Distribution,
  method: Method,
  percentile = PERCENTILE,
  behind?: Activation,
): Range {
  switch (method) {
    case "min-max":
      return fullRange(distribution);
    case "percentile":
      return percentileRange(distribution, percentile);
    case "mse":
      return leastErrorRange(distribution, behind);
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
function leastErrorRange(distribution: Distribution, behind?: Activation): Range {
  const full = fullRange(distribution);
  const errorOf = squaredErrors(distribution, behind);
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

/** What an activation makes of where bins begin and end; the same where it has no finite values for some of them. */
function edgesBehind(
  { bins, width }: Pick<Distribution, "bins" | "width">,
  behind: Activation | undefined,
): Float32Array {
  const edges = Float32Array.from({ length: bins.length + 1 }, (_, i) => (i - SIDE) * width);
  const results = behind?.(edges) ?? edges;
  const known = bins.every(
    (count, i) => count === 0 || Number.isFinite(results[i]! - results[i + 1]!),
  );
  return known ? results : edges;
}

/** The sum of squared errors of all values if a range is what bytes reach, behind an activation. */
function squaredErrors(
  { bins, width }: Distribution,
  behind: Activation | undefined,
): (range: Range) => number {
  const edges = edgesBehind({ bins, width }, behind);
  // Of all bins below a position: how many values, what they are in sum and in squares, and how errors grow.
  const [counts, sums, squares, slopes] = [0, 1, 2, 3].map(
    () => new Float64Array(edges.length),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  bins.forEach((count, i) => {
    if (count === 0) {
      for (const all of [counts, sums, squares, slopes]) all[i + 1] = all[i]!;
      return;
    }
    const center = (edges[i]! + edges[i + 1]!) / 2;
    const slope = (edges[i + 1]! - edges[i]!) / width;
    counts[i + 1] = counts[i]! + count;
    sums[i + 1] = sums[i]! + count * center;
    squares[i + 1] = squares[i]! + count * center * center;
    slopes[i + 1] = slopes[i]! + count * slope * slope;
  });
  const valueAt = (end: number): number => {
    const at = Math.max(0, Math.min(bins.length, end / width + SIDE));
    const below = Math.min(bins.length - 1, Math.floor(at));
    return edges[below]! + (at - below) * (edges[below + 1]! - edges[below]!);
  };
  const clipped = (from: number, to: number, end: number): number => {
    const part = (all: Float64Array): number => all[to]! - all[from]!;
    const value = valueAt(end);
    return part(squares) - 2 * value * part(sums) + value * value * part(counts);
  };
  return ({ low, high }) => {
    if (!(high > low)) return Infinity;
    const first = Math.min(bins.length, Math.max(0, Math.floor(low / width) + SIDE));
    const last = Math.min(bins.length, Math.max(first, Math.ceil(high / width) + SIDE));
    const step = (high - low) / 255;
    const rounded = ((slopes[last]! - slopes[first]!) * step * step) / 12;
    return rounded + clipped(0, first, low) + clipped(last, bins.length, high);
  };
}
