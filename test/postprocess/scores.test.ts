/** Scores as probabilities, the best of them, masks and texts: against PyTorch's values, and by what they must hold for any scores. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argMaxMask,
  colourMask,
  ctcGreedy,
  resizeMask,
  sigmoid,
  softmax,
  topK,
} from "../../postprocess/index.js";
import { reference } from "./reference.js";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

describe("softmax", () => {
  it.each(reference.scores)("is PyTorch's, $classes classes a row", (one) => {
    const found = softmax(one.scores, one.classes);
    found.forEach((value, i) => expect(Math.abs(value - one.softmax[i]!)).toBeLessThan(6e-8));
    const sigmoids = sigmoid(one.scores);
    sigmoids.forEach((value, i) => expect(Math.abs(value - one.sigmoid[i]!)).toBeLessThan(6e-8));
  });

  it("sums to 1 in every row, whatever the scores, and keeps their order", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), (row) => {
        const rows = softmax([...row, ...row.toReversed()], row.length);
        for (const half of [rows.subarray(0, row.length), rows.subarray(row.length)])
          expect(half.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
        row.forEach((a, i) => {
          row.forEach((b, j) => a > b && expect(rows[i]).toBeGreaterThanOrEqual(rows[j]!));
        });
      }),
    );
  });

  it("shows a NaN, in its row alone", () => {
    expect([...softmax([1, NaN, 0, 0], 2)]).toEqual([NaN, NaN, 0.5, 0.5]);
  });

  it("refuses rows that do not come out even", () => {
    expect(() => softmax([1, 2, 3], 2)).toThrow("scores has 3 values, expected a multiple of 2");
    expect(() => softmax([1], 0)).toThrow("classes is 0, expected an integer of 1 or more");
  });
});

describe("topK", () => {
  it.each(reference.scores)("has PyTorch's values", ({ scores, classes, topValues }) => {
    const best = topK(scores.slice(0, classes), topValues.length);
    expect(best.map(({ score }) => score)).toEqual(topValues);
  });

  it("is the beginning of the sorted scores, the first of equal ones first", () => {
    const scores = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, fc.nat(), (all, seed) => {
        const k = 1 + (seed % all.length);
        const sorted = all
          .map((score, index) => ({ index, score }))
          .sort((a, b) => b.score - a.score || a.index - b.index);
        expect(topK(all, k)).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("gives labels, and puts NaN first", () => {
    const labels = ["cat", "dog", "owl"];
    expect(topK([0.25, 0.5, NaN], 2, labels)).toEqual([
      { index: 2, score: NaN, label: "owl" },
      { index: 1, score: 0.5, label: "dog" },
    ]);
  });

  it("refuses what does not fit", () => {
    expect(() => topK([1, 2], 3)).toThrow("k is 3, expected an integer of 1 … 2");
    expect(() => topK([1, 2], 1, ["a"])).toThrow("there are 1 labels for 2 scores");
  });
});

describe("masks", () => {
  it("have the class of the greatest score, in both layouts", () => {
    const pixel = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(pixel, { minLength: 1, maxLength: 12 }), (pixels) => {
        const expected = pixels.map((scores) => scores.indexOf(Math.max(...scores)));
        const planes = [0, 1, 2].flatMap((c) => pixels.map((scores) => scores[c]!));
        expect([...argMaxMask(planes, { classes: 3 })]).toEqual(expected);
        expect([...argMaxMask(pixels.flat(), { classes: 3, layout: "hwc" })]).toEqual(expected);
      }),
    );
  });

  it("become pictures", () => {
    const palette = [
      [0, 0, 0, 0],
      [10, 20, 30],
    ] as const;
    expect([...colourMask([1, 0], palette)]).toEqual([10, 20, 30, 255, 0, 0, 0, 0]);
    expect(() => colourMask([2], palette)).toThrow("class 2 is not in the palette of 2");
    expect(() => colourMask([0], [[0, 256, 0]])).toThrow("a component of palette[0] is 256");
  });

  it("are made larger and smaller by the nearest pixel", () => {
    const size = (width: number, height: number) => ({ width, height });
    expect([...resizeMask([1, 2, 3, 4], size(2, 2), size(3, 3))]).toEqual([
      1, 1, 2, 1, 1, 2, 3, 3, 4,
    ]);
    expect([...resizeMask([1, 2, 3, 4], size(4, 1), size(2, 1))]).toEqual([1, 3]);
    expect(() => resizeMask([1], size(2, 1), size(1, 1))).toThrow("expected 1 × 2 = 2");
  });
});

describe("ctcGreedy", () => {
  /** Scores whose best class is the one given. */
  const scoresOf = (path: readonly number[], classes: number): number[] =>
    path.flatMap((best) => Array.from({ length: classes }, (_, c) => (c === best ? 0.75 : 0.25)));

  it("joins repetitions, parts them at blanks, and says where they began", () => {
    const labels = ["", "a", "b"];
    const path = [1, 1, 0, 1, 2, 2, 0, 0, 2];
    expect(ctcGreedy(scoresOf(path, 3), { classes: 3, labels })).toEqual({
      indices: Int32Array.of(1, 1, 2, 2),
      steps: Int32Array.of(0, 3, 4, 8),
      score: 0.75,
      text: "aabb",
    });
    const last = ctcGreedy(scoresOf([2, 0, 0, 2, 1], 3), { classes: 3, blank: 2 });
    expect([[...last.indices], last.text]).toEqual([[0, 1], ""]);
    expect(ctcGreedy(scoresOf([0], 3), { classes: 3 }).score).toBe(0);
  });

  it("reads back any text that was written with blanks between its letters", () => {
    const letter = fc.integer({ min: 1, max: 4 });
    const written = fc.array(fc.tuple(letter, fc.integer({ min: 1, max: 3 })), { maxLength: 10 });
    fc.assert(
      fc.property(written, (letters) => {
        const path = letters.flatMap(([c, times]) => [0, ...new Array<number>(times).fill(c)]);
        const read = ctcGreedy(scoresOf(path, 5), { classes: 5 });
        expect([...read.indices]).toEqual(letters.map(([c]) => c));
      }),
    );
  });

  it("refuses what does not fit", () => {
    expect(() => ctcGreedy([1, 2, 3], { classes: 2 })).toThrow("scores has 3 values");
    expect(() => ctcGreedy([1, 2], { classes: 2, labels: ["a"] })).toThrow("labels has 1 values");
    expect(() => ctcGreedy([1, 2], { classes: 2, blank: 2 })).toThrow("blank is 2");
  });
});
