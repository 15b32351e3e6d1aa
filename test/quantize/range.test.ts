/** Histograms count exactly, whatever the order, and ranges are what their methods promise. */
import { describe, expect, it } from "vitest";
import { SIDE, startHistogram, type Distribution } from "../../compiler/quantize/histogram.js";
import { quantumOf, rangeFor, type Range } from "../../compiler/quantize/range.js";
import { createRandom } from "../support/random.js";

const random = createRandom(11);

/** Most values are small, a few are large, and many are 0, as behind a relu. */
function drawn(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const value = (random.int(-1000, 1000) / 1000) ** 3 * size;
    return random.chance(0.3) ? 0 : value;
  });
}

const PARTS = [drawn(500, 0.01), drawn(900, 3), drawn(300, 700), Float32Array.of(), drawn(700, 40)];
const ALL = Float32Array.from(PARTS.flatMap((part) => [...part]));

function counted(parts: readonly Float32Array[]): Distribution {
  const histogram = startHistogram();
  for (const part of parts) expect(histogram.add(part)).toBe(-1);
  return histogram.read();
}

/** The mean squared error of bytes, behind a function of them. */
function errorOf(range: Range, values = ALL, behind = (value: number): number => value): number {
  const { scale, zero } = quantumOf(range);
  const errors = Array.from(values, (value) => {
    const level = Math.min(255, Math.max(0, Math.round(value / scale) + zero));
    return (behind(scale * (level - zero)) - behind(value)) ** 2;
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

describe("histogram", () => {
  it("is the same in any order, and as if counted at once", () => {
    const once = counted([ALL]);
    expect(counted(PARTS)).toEqual(once);
    expect(counted(PARTS.toReversed())).toEqual(once);
    expect(once.count).toBe(ALL.length);
    expect(once.zeros).toBe(ALL.filter((value) => value === 0).length);
    const bins = new Float64Array(2 * SIDE);
    for (const value of ALL) if (value !== 0) bins[Math.floor(value / once.width) + SIDE]!++;
    expect(once.bins).toEqual(bins);
    const most = Math.max(...ALL.map(Math.abs));
    expect(most < SIDE * once.width && most >= (SIDE * once.width) / 2).toBe(true);
  });

  it("says where a value is not finite, and counts none of them", () => {
    const histogram = startHistogram();
    expect(histogram.add(Float32Array.of(1, 2, NaN, 3))).toBe(2);
    expect(histogram.add(Float32Array.of(-Infinity))).toBe(0);
    expect(histogram.read().count).toBe(0);
  });

  it("takes the smallest and the largest floats", () => {
    const { width, bins } = counted([Float32Array.of(2 ** -149), Float32Array.of(-3.4e38)]);
    expect(bins.reduce((sum, one) => sum + one, 0)).toBe(2);
    expect(Number.isFinite(width)).toBe(true);
  });
});

describe("range", () => {
  const all = counted(PARTS);

  it("reaches everything by min-max, and always 0", () => {
    expect(rangeFor(all, "min-max")).toEqual({ low: Math.min(...ALL), high: Math.max(...ALL) });
    const positive = counted([Float32Array.of(3, 5)]);
    expect(rangeFor(positive, "min-max")).toEqual({ low: 0, high: 5 });
    for (const method of ["percentile", "mse"] as const)
      expect(rangeFor(counted([Float32Array.of(-3, -5)]), method).high).toBe(0);
  });

  it.each([95, 99, 99.9])("reaches %d per cent at either end", (percentile) => {
    const { low, high } = rangeFor(all, "percentile", percentile);
    const most = (1 - percentile / 100) * ALL.length;
    const within = (at: number): number => ALL.filter((value) => value > at).length;
    expect(within(high)).toBeLessThanOrEqual(most);
    expect(within(high - 2 * all.width)).toBeGreaterThan(most);
    expect(ALL.filter((value) => value < low).length).toBeLessThanOrEqual(most);
    expect(ALL.filter((value) => value < low + 2 * all.width).length).toBeGreaterThan(most);
  });

  it("errs no more by mse than by any other end", () => {
    const error = errorOf(rangeFor(all, "mse"));
    const full = rangeFor(all, "min-max");
    for (let share = 0.05; share <= 1; share += 0.05)
      expect(error).toBeLessThan(
        1.02 * errorOf({ low: share * full.low, high: share * full.high }),
      );
    expect(error).toBeLessThan(errorOf(full));
  });

  it("errs no more by mse behind what reads it: what that cuts off is not reached", () => {
    const hardSwish = (x: number): number => (x * Math.min(6, Math.max(0, x + 3))) / 6;
    const values = Float32Array.from({ length: 3000 }, () => random.int(-9000, 6000) / 1000);
    const given = counted([values]);
    const behind = rangeFor(given, "mse", 100, (all) => all.map(hardSwish));
    expect(behind.low).toBeCloseTo(-3, 0);
    const error = errorOf(behind, values, hardSwish);
    expect(error).toBeLessThan(0.5 * errorOf(rangeFor(given, "mse"), values, hardSwish));
    for (const low of [-9, -6, -4, -2, -1])
      for (const high of [3, 4, 5, 6])
        expect(error).toBeLessThan(1.05 * errorOf({ low, high }, values, hardSwish));
  });

  it("is that of the value itself where what reads it is not finite for it", () => {
    const logarithm = (values: Float32Array): Float32Array => values.map(Math.log);
    expect(rangeFor(all, "mse", 100, logarithm)).toEqual(rangeFor(all, "mse"));
  });

  it("has 0 exactly", () => {
    expect(quantumOf({ low: 0, high: 6 })).toEqual({ scale: Math.fround(6 / 255), zero: 0 });
    expect(quantumOf({ low: -1, high: 0 }).zero).toBe(255);
    expect(quantumOf({ low: -1, high: 3 }).zero).toBe(64);
  });
});
