/** The transforms by themselves, in double precision: they compute what windows do, and say how errors grow. */
import { describe, expect, it } from "vitest";
import {
  amplification,
  filteringsOf,
  pointsOf,
  transformsOf,
  type Matrix,
} from "../../compiler/program/winograd/tables.js";
import { createRandom } from "../support/random.js";

const times = (matrix: Matrix, vector: readonly number[]): readonly number[] =>
  matrix.map((row) => row.reduce((sum, x, i) => sum + x * vector[i]!, 0));

const all = [1, 2, 3, 4, 5, 6, 7].flatMap((taps) => filteringsOf(taps));
const random = createRandom(1);
const drawn = (length: number): readonly number[] =>
  Array.from({ length }, () => random.int(-1000, 1000) / 1000);

describe("transforms", () => {
  it("exist for windows of two to seven", () => {
    expect(filteringsOf(1)).toEqual([{ outputs: 1, taps: 1 }]);
    expect(filteringsOf(3).map(({ outputs }) => outputs)).toEqual([2, 3, 4, 5, 6]);
    expect(filteringsOf(7).map(({ outputs }) => outputs)).toEqual([2]);
    expect(filteringsOf(8)).toEqual([]);
  });

  it.each(all)("compute F($outputs, $taps)", (filtering) => {
    const { input, weights, output } = transformsOf(filtering);
    const [x, w] = [drawn(pointsOf(filtering)), drawn(filtering.taps)];
    const [atX, atW] = [times(input, x), times(weights, w)];
    const y = times(
      output,
      atX.map((value, point) => value * atW[point]!),
    );
    y.forEach((value, i) => {
      const window = w.reduce((sum, weight, k) => sum + weight * x[i + k]!, 0);
      expect(value).toBeCloseTo(window, 11);
    });
  });

  it("make errors as much larger as is said", () => {
    const of = (outputs: number, taps: number) =>
      Number(amplification({ outputs, taps }).toFixed(1));
    expect(of(1, 1)).toBe(1);
    // With 0, ±1, ±2 it is 5.6.
    expect([of(2, 3), of(4, 3), of(3, 5), of(2, 7)]).toEqual([1.3, 2.7, 3.5, 5]);
  });
});
