/** How weights are rounded: to halves, and to integers with a scale for each channel. */
import { describe, expect, it } from "vitest";
import {
  halfOfNumber,
  halvesOf,
  numberOfHalf,
  roundedToHalves,
} from "../../compiler/base/float16.js";
import { createRandom } from "../support/random.js";
import { int8Of, isExact, roundedTo16 } from "../../compiler/passes/narrow.js";

describe("rounding", () => {
  it("makes the same halves of lists as of numbers", () => {
    const edges = [0, -0, 1, -1, 65504, 65519, 65520, -7e4, 2 ** -14, 2 ** -14 - 2 ** -26];
    const small = [2 ** -24, 2 ** -25, 3 * 2 ** -25, -(2 ** -26), 1 + 2 ** -11, 1 + 3 * 2 ** -11];
    const all = Float32Array.from([...edges, ...small, Infinity, -Infinity, NaN, 0.1, 1e-30]);
    expect([...halvesOf(all)]).toEqual([...all].map(halfOfNumber));
    const rounded = [...all].map((value) => numberOfHalf(halfOfNumber(value)));
    expect([...roundedToHalves(all)]).toEqual(rounded);
  });

  it("takes the nearest of 255 multiples of a scale for each channel", () => {
    const data = Float32Array.of(1, -2, 0.5, 0, 0, 0, 0, 0, 127, -127, 3.4, 3.6);
    const { values, scale } = int8Of(data, [3, 4], [true, false]) as Exclude<
      ReturnType<typeof int8Of>,
      string
    >;
    expect([...values]).toEqual([64, -127, 32, 0, 0, 0, 0, 0, 127, -127, 3, 4]);
    expect([...scale]).toEqual([Math.fround(2 / 127), 1, 1]);
  });

  it("lets neighbours along a dim come to 128, with the nearest integers that do", () => {
    // Among many zeros a larger scale costs more than what neighbours lose.
    const of = (data: readonly number[], taps = 1): readonly number[] => {
      const all = new Float32Array(999 * taps);
      all.set(data);
      const quantized = int8Of(all, [1, 999, taps], [true, false, false], 1);
      if (typeof quantized === "string") throw new Error(quantized);
      return [...quantized.values.subarray(0, data.length)];
    };
    // What is rounded up, 100.6, gives way first; of opposite signs nothing does, nor without a neighbour.
    expect(of([127, 0, 28.3, 100.6, -3, 7, 120, -9, 127])).toEqual([
      ...[127, 0, 28, 100, -3, 7, 120, -9, 127],
    ]);
    expect(of([-127, -2, 127, -127, 127, 3, 1, 1])).toEqual([
      ...[-126, -2, 127, -127, 126, 2, 1, 1],
    ]);
    // Taps of a window lie between: two channels of three taps.
    expect(of([127, 10, 100, 3, 10, 29], 3)).toEqual([126, 10, 99, 2, 10, 29]);
  });

  it("takes larger scales where that costs less than neighbours lose", () => {
    const random = createRandom(3);
    const normal = (): number =>
      Array.from({ length: 12 }, () => random.int(-500, 500) / 1000).reduce((a, b) => a + b);
    const data = Float32Array.from({ length: 4096 }, normal);
    const errorOf = (pairs?: number): number => {
      const quantized = int8Of(data, [4, 1024], [true, false], pairs);
      if (typeof quantized === "string") throw new Error(quantized);
      const { values, scale } = quantized;
      if (pairs !== undefined)
        for (let i = 0; i < 4096; i += 2)
          expect(Math.abs(values[i]! + values[i + 1]!)).toBeLessThanOrEqual(128);
      return Math.sqrt(
        data.reduce((sum, value, i) => sum + (value - values[i]! * scale[i >> 10]!) ** 2, 0) / 4096,
      );
    };
    const ratio = errorOf(1) / errorOf();
    expect(ratio).toBeGreaterThan(1.05);
    expect(ratio).toBeLessThan(1.6);
  });

  it("has no integer beyond 127, of subnormal weights neither", () => {
    for (const most of [2 ** -149, 63 * 2 ** -149, 190 * 2 ** -149, 2 ** -126, 3e38]) {
      const quantized = int8Of(Float32Array.of(most, -most, 0, most / 2), [4], [false]);
      if (typeof quantized === "string") throw new Error(quantized);
      const { values, scale } = quantized;
      expect(Math.abs(values[0]! * scale[0]! - most)).toBeLessThanOrEqual(scale[0]! / 2);
      expect(values[1]).toBe(-values[0]!);
    }
  });

  it.each([
    [NaN, "value 2 is NaN"],
    [Infinity, "value 2 is Infinity"],
  ])("refuses %d", (value, reason) => {
    const data = Float32Array.of(1, 2, value, 4);
    expect(int8Of(data, [4], [false])).toBe(reason);
    expect(roundedTo16(data)).toBe(reason);
    expect(isExact(data, "bf16")).toBe(false);
  });

  it("says what f16 cannot hold, and which channels are too short", () => {
    expect(roundedTo16(Float32Array.of(1, 70000))).toBe("value 1 is 70000, and f16 ends at 65504");
    expect(int8Of(new Float32Array(6), [3, 2], [true, false])).toBe(
      "it has 6 values in 3 channels",
    );
  });
});
