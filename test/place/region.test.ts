/** Regions meet just where enumerating their addresses says so. */
import { describe, expect, it } from "vitest";
import { overlap, regionOf, regionOfRuns } from "../../compiler/place/region.js";
import type { Run } from "../../compiler/place/sequence.js";
import { createRandom, type Random } from "../support/random.js";

const CASES = 5000;

function addressesOf(offset: number, runs: readonly Run[]): ReadonlySet<number> {
  let all = [offset];
  for (const { count, stride } of runs)
    all = all.flatMap((at) => Array.from({ length: count }, (_, i) => at + i * stride));
  return new Set(all);
}

/** Strides that two regions draw from: those of dense dims, multiples of one another, or anything. */
const FAMILIES: Readonly<Record<string, (random: Random) => readonly number[]>> = {
  equal: (random) => [random.int(1, 12)],
  divisible: (random) => {
    const [first, second] = [random.int(1, 4), random.int(2, 4)];
    return [1, first, first * second, first * second * random.int(2, 4)];
  },
  coprime: (random) =>
    random.pick([
      [2, 3],
      [3, 4, 7],
      [5, 9],
      [1, 4, 9],
      [6, 10, 15],
    ]),
  any: (random) => Array.from({ length: 4 }, () => random.int(0, 40)),
};

function drawRuns(random: Random, strides: readonly number[]): Run[] {
  return Array.from({ length: random.int(0, 4) }, () => ({
    count: random.int(1, 6),
    stride: random.pick(strides) * random.pick([1, -1]),
  }));
}

describe.each(Object.entries(FAMILIES))("overlap of regions with %s strides", (_, strides) => {
  it("is what enumeration says", () => {
    const random = createRandom(1);
    let met = 0;
    const wrong: unknown[] = [];
    for (let i = 0; i < CASES; i++) {
      const family = strides(random);
      const sides = [0, 1].map(() => ({ at: random.int(0, 60), runs: drawRuns(random, family) }));
      const [a, b] = sides.map(({ at, runs }) => regionOfRuns(at, runs));
      const [some, others] = sides.map(({ at, runs }) => addressesOf(at, runs));
      const expected = [...some!].some((at) => others!.has(at));
      if (expected) met++;
      if (overlap(a!, b!) !== expected || overlap(b!, a!) !== expected)
        wrong.push({ sides, expected });
    }
    expect(wrong).toEqual([]);
    // Neither answer is right always.
    expect(met).toBeGreaterThan(CASES / 20);
    expect(met).toBeLessThan((CASES * 19) / 20);
  });
});

describe("overlap of large regions", () => {
  /** An image of 512 by 512 with 64 channels last: too many elements to look at each. */
  const strides = [2 ** 24, 1, 2 ** 15, 64];
  const part = (channels: number, from: number, step = 1) =>
    regionOf(
      { buffer: 0, offset: from, strides: strides.map((one, d) => (d === 1 ? one * step : one)) },
      [1, channels, 512, 512],
    );

  it("is exact where channels lie between channels", () => {
    expect(overlap(part(16, 0), part(16, 16))).toBe(false);
    expect(overlap(part(16, 0), part(16, 15))).toBe(true);
    expect(overlap(part(32, 0, 2), part(32, 1, 2))).toBe(false);
    expect(overlap(part(32, 0, 2), part(16, 1, 3))).toBe(true);
  });

  it("is exact where rows go the other way", () => {
    const row = (offset: number) =>
      regionOfRuns(offset, [
        { count: 512, stride: -(2 ** 15) },
        { count: 512, stride: 64 },
      ]);
    expect(overlap(row(511 * 2 ** 15), part(1, 0))).toBe(true);
    expect(overlap(row(511 * 2 ** 15), part(63, 1))).toBe(false);
  });
});
