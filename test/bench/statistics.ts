/** The statistics of paired timings: what a noisy machine does to both sides of a pair cancels in their ratio. */

/** Seconds that the two sides of one comparison took, one after the other. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

export interface Comparison {
  /** Median seconds of either side. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of theirs / ours over the pairs: how many times as fast we are. */
  readonly ratio: number;
  /** The quartiles of the same ratios. */
  readonly spread: readonly [number, number];
  readonly pairs: number;
}

/** Throws a RangeError where there are no pairs. */
export function compare(pairs: readonly Pair[]): Comparison {
  const ratios = pairs.map(({ ours, theirs }) => theirs / ours);
  return {
    ours: quantile(
      pairs.map(({ ours }) => ours),
      0.5,
    ),
    theirs: quantile(
      pairs.map(({ theirs }) => theirs),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    pairs: pairs.length,
  };
}

/** The value below which a fraction of the values lies, interpolated between neighbours. Throws a RangeError on no values. */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError("no values have no quantile");
  const sorted = [...values].sort((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** The mean of ratios: the nth root of their product. Throws a RangeError on no values. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values have no mean");
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
