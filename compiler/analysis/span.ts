/** What each position along one dimension sees along another: intervals that compose and join. */
import type { Interval } from "./interval.js";

/** Position p of dimension `dim` sees low[p] … high[p]; low > high where it sees nothing. */
export interface Span {
  /** The dimension that positions run along; undefined where all elements see the same, low[0] … high[0]. */
  readonly dim: number | undefined;
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** How far the interval moves from one position to the next, a mean where that varies; 0 without a dim. */
  readonly stride: number;
}

export function everywhere({ low, high }: Interval): Span {
  return { dim: undefined, low: [low], high: [high], stride: 0 };
}

/** The interval at a position; beyond the ends, where padding lies, it moves on by the stride. */
export function atSpan({ low, high, stride }: Span, position: number): Interval {
  const p = Math.min(low.length - 1, Math.max(0, position));
  const beyond = (position - p) * stride;
  return { low: low[p]! + beyond, high: high[p]! + beyond };
}

/**
 * outer after step: step says which positions of outer's dimension are seen from where. With `extent` only
 * positions inside outer's dimension count.
 */
export function composeSpans(outer: Span, step: Span, extent?: number): Span {
  const low: number[] = [];
  const high: number[] = [];
  step.low.forEach((first, p) => {
    const seen = union(outer, first, step.high[p]!, extent);
    low.push(seen.low);
    high.push(seen.high);
  });
  return { dim: step.dim, low, high, stride: outer.stride * step.stride };
}

const NOTHING: Interval = { low: Infinity, high: -Infinity };

/** What positions first … last see together; only the ends matter beyond the dimension. */
function union(outer: Span, first: number, last: number, extent: number | undefined): Interval {
  const inside = outer.low.length;
  const from = extent === undefined ? first : Math.max(0, first);
  const to = extent === undefined ? last : Math.min(extent - 1, last);
  if (from > to) return NOTHING;
  let { low, high } = join(atSpan(outer, from), atSpan(outer, to));
  for (let p = Math.max(0, from); p <= Math.min(inside - 1, to); p++) {
    low = Math.min(low, outer.low[p]!);
    high = Math.max(high, outer.high[p]!);
  }
  return { low, high };
}

function join(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** What is seen over either of two paths. Where one path sees the same everywhere, or along another dimension, all positions do. */
export function joinSpans(a: Span, b: Span): Span {
  if (a.dim !== b.dim || a.low.length !== b.low.length) return everywhere(join(whole(a), whole(b)));
  return {
    dim: a.dim,
    low: a.low.map((low, p) => Math.min(low, b.low[p]!)),
    high: a.high.map((high, p) => Math.max(high, b.high[p]!)),
    stride: Math.max(a.stride, b.stride),
  };
}

function whole({ low, high }: Span): Interval {
  return low.map((first, p) => ({ low: first, high: high[p]! })).reduce(join, NOTHING);
}

/** The mean move per position over the shortest period after which all moves repeat, else over all. */
export function measuredStride(low: readonly number[]): number {
  const seen = low.filter(Number.isFinite);
  const last = seen.length - 1;
  if (last < 1) return 0;
  for (let period = 1; period <= last / 2; period++) {
    const move = seen[period]! - seen[0]!;
    const repeats = seen.every((at, p) => p + period > last || seen[p + period]! - at === move);
    if (repeats) return move / period;
  }
  return (seen[last]! - seen[0]!) / last;
}
