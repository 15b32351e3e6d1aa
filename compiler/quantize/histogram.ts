/** Counts values as they come, in bins that double in width where a value is beyond them: no sample is kept, and their order does not matter. */

/** Of all values that were counted. */
export interface Distribution {
  /** The least and the greatest value. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Values that are 0, which every quantisation has exactly; they are in no bin. */
  readonly zeros: number;
  /** Of a bin, a power of two. */
  readonly width: number;
  /** Bin i has the values from (i − SIDE) · width, inclusive, to one width more. */
  readonly bins: Float64Array;
}

export interface Histogram {
  /** Counts values; yields the position of the first that is no finite number, −1 where all are. Then none is counted. */
  add(data: Float32Array): number;
  read(): Distribution;
}

/** Bins of negative values, and as many of the others. */
export const SIDE = 2048;

export function startHistogram(): Histogram {
  let bins = new Float64Array(2 * SIDE);
  let [low, high, count, zeros, width] = [Infinity, -Infinity, 0, 0, 0];
  const fit = (most: number): void => {
    if (most === 0) return;
    if (width === 0) width = widthFor(most);
    for (; !(most < SIDE * width); width *= 2) bins = joined(bins);
  };
  return {
    add(data) {
      let [least, most] = [Infinity, -Infinity];
      for (let i = 0; i < data.length; i++) {
        const value = data[i]!;
        if (value < least) least = value;
        if (value > most) most = value;
        if (value - value !== 0) return i;
      }
      if (data.length === 0) return -1;
      [low, high, count] = [Math.min(low, least), Math.max(high, most), count + data.length];
      fit(Math.max(-least, most));
      const perValue = 1 / width;
      for (let i = 0; i < data.length; i++) {
        const value = data[i]!;
        if (value === 0) zeros++;
        else bins[Math.floor(value * perValue) + SIDE]!++;
      }
      return -1;
    },
    read: () => ({ low, high, count, zeros, width, bins }),
  };
}

/** The least power of two that lets a value into the bins; no less than what its reciprocal is finite of. */
function widthFor(most: number): number {
  let width = 2 ** Math.max(-1000, Math.floor(Math.log2(most / SIDE)) - 1);
  while (!(most < SIDE * width)) width *= 2;
  return width;
}

/** Two neighbours each: of signed indices s, floor(s / 2). */
function joined(bins: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(bins.length);
  for (let i = 0; i < bins.length; i++) next[Math.floor((i - SIDE) / 2) + SIDE]! += bins[i]!;
  return next;
}
