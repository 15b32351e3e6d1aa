/** Paired statistics: ratios before medians, exact on small cases. */
import { describe, expect, it } from "vitest";
import { compare, geometricMean, quantile } from "./statistics.js";

describe("quantile", () => {
  it("interpolates between neighbours of the sorted values", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 1)).toBe(4);
    expect(quantile([5, 1, 3], 0.25)).toBe(2);
    expect(quantile([7], 0.75)).toBe(7);
  });

  it("sorts by value, not by text", () => {
    expect(quantile([10, 9, 100], 0.5)).toBe(10);
  });

  it("refuses no values", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => geometricMean([])).toThrow(RangeError);
    expect(() => compare([])).toThrow(RangeError);
  });
});

describe("a comparison", () => {
  it("takes the median of the ratios, not the ratio of the medians", () => {
    const slowMachine = [1, 2, 3].map((ours) => ({ ours, theirs: 4 * ours }));
    expect(compare(slowMachine)).toEqual({
      ours: 2,
      theirs: 8,
      ratio: 4,
      spread: [4, 4],
      pairs: 3,
    });
    // Medians 2 and 6 would say 3; the pairs say 6, 3 and 2 to one.
    const pairs = [
      { ours: 1, theirs: 6 },
      { ours: 2, theirs: 6 },
      { ours: 10, theirs: 20 },
    ];
    expect(compare(pairs)).toMatchObject({ ratio: 3, spread: [2.5, 4.5] });
    expect(
      compare([
        { ours: 1, theirs: 8 },
        { ours: 4, theirs: 4 },
        { ours: 2, theirs: 1 },
      ]).ratio,
    ).toBe(1);
  });

  it("is greater than one where ours takes less time", () => {
    expect(compare([{ ours: 1, theirs: 5 }]).ratio).toBe(5);
  });
});

describe("the geometric mean", () => {
  it("treats a ratio and its inverse alike", () => {
    expect(geometricMean([4, 1 / 4])).toBeCloseTo(1, 12);
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  });
});
