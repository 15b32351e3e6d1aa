/** What an approximation costs is what a plain recomputation over all runs says. */
import { describe, expect, it } from "vitest";
import { bestClasses, startAgreement } from "../../compiler/golden/agreement.js";
import { createRandom } from "../support/random.js";

const random = createRandom(5);
const drawn = (count: number, most: number): Float32Array =>
  Float32Array.from({ length: count }, () => (most * random.int(-1000, 1000)) / 1000);

/** Runs of exact values, and the same with noise. */
const RUNS = Array.from({ length: 7 }, () => {
  const exact = drawn(3 * 8, 2);
  return { exact, actual: exact.map((value) => value + drawn(1, 0.3)[0]!) };
});

const best = (values: Float32Array): number[] =>
  [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);

describe("agreement", () => {
  it("adds up over runs", () => {
    const meter = startAgreement([3, 8], true);
    for (const { actual, exact } of RUNS) meter.add(actual, exact);
    const pairs = RUNS.flatMap(({ actual, exact }) => [...exact].map((e, i) => [e, actual[i]!]));
    const signal = pairs.reduce((sum, [e]) => sum + e! ** 2, 0);
    const noise = pairs.reduce((sum, [e, a]) => sum + (e! - a!) ** 2, 0);
    const error = Math.max(...pairs.map(([e, a]) => Math.abs(e! - a!)));
    const vectors = RUNS.flatMap(({ actual, exact }) =>
      [0, 8, 16].map((from) =>
        [actual, exact].map((all) => best(all.subarray(from, from + 8)).slice(0, 5)),
      ),
    );
    const top5 = vectors.filter(([a, b]) => `${a!.sort().join()}` === `${[...b!].sort().join()}`);
    const read = meter.read();
    expect(read.values).toBe(7 * 24);
    expect(read.error).toBe(error);
    expect(read.relative).toBeCloseTo(error / Math.sqrt(signal / pairs.length), 12);
    expect(read.signalToNoise).toBeCloseTo(10 * Math.log10(signal / noise), 9);
    const top1 = RUNS.flatMap(({ actual, exact }) =>
      [0, 8, 16].filter(
        (from) =>
          best(actual.subarray(from, from + 8))[0] === best(exact.subarray(from, from + 8))[0],
      ),
    );
    expect(read.classes).toEqual({ vectors: 21, top1: top1.length, top5: top5.length });
    expect(top1.length).toBeGreaterThan(10);
    expect(top5.length).toBeLessThan(21);
  });

  it("reads classes of maps along the second dimension, and yes or no of a single class", () => {
    const map = startAgreement([1, 2, 1, 3], true);
    map.add(Float32Array.of(1, 5, 1, 2, 0, 0), Float32Array.of(1, 0, 1, 2, 1, 0));
    expect(map.read().classes).toEqual({ vectors: 3, top1: 2 });
    const single = startAgreement([4, 1], true);
    single.add(Float32Array.of(0.4, 0.6, 0.5, 0), Float32Array.of(0.1, 0.9, 0.4, 1));
    expect(single.read().classes).toEqual({ vectors: 4, top1: 2 });
  });

  it("takes NaN for no answer, and equal classes for the lower", () => {
    const at = { from: 0, classes: 3, stride: 1 };
    expect(bestClasses(Float32Array.of(1, NaN, 2), at)).toEqual([]);
    expect(bestClasses(Float32Array.of(2, 3, 3), at)).toEqual([1, 2, 0]);
    const meter = startAgreement([3], true);
    meter.add(Float32Array.of(NaN, 0, 0), Float32Array.of(1, 0, 0));
    expect(meter.read()).toMatchObject({
      error: Infinity,
      signalToNoise: -Infinity,
      classes: { vectors: 1, top1: 0 },
    });
    expect(startAgreement([2]).read()).toMatchObject({ values: 0, signalToNoise: Infinity });
    expect(() => startAgreement([2]).add(Float32Array.of(1), Float32Array.of(1, 2))).toThrow();
  });
});
