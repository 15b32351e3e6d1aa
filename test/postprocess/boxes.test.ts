/** Boxes decoded, thinned out and mapped back: against torchvision's values, and by what they must hold for any boxes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boxesInSource,
  centresOf,
  cornersOf,
  decodeSsd,
  decodeYolo,
  intersectionOverUnion,
  nonMaximumSuppression,
  pick,
  pointsInSource,
} from "../../postprocess/index.js";
import { spansOf } from "../../compiler/frontend/preparation/image/geometry.js";
import { reference } from "./reference.js";

const coordinate = fc.integer({ min: 0, max: 40 });
const drawnBox = fc
  .tuple(coordinate, coordinate, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  .map(([x, y, width, height]) => [x, y, x + width, y + height]);
const drawn = fc.array(
  fc.record({ box: drawnBox, score: fc.integer({ min: 0, max: 9 }), label: fc.nat(2) }),
  { maxLength: 25 },
);

describe("non-maximum suppression", () => {
  it.each(reference.suppression)("keeps what torchvision keeps ($iouThreshold)", (one) => {
    const { boxes, scores, classes, iouThreshold } = one;
    expect([...nonMaximumSuppression({ boxes, scores }, { iouThreshold })]).toEqual(one.nms);
    const batched = nonMaximumSuppression({ boxes, scores, classes }, { iouThreshold });
    expect([...batched]).toEqual(one.batchedNms);
    one.firstIou.forEach((iou, i) =>
      expect(intersectionOverUnion(boxes, 0, boxes, i)).toBeCloseTo(iou, 6),
    );
  });

  it("keeps no two that overlap, and drops none without a better one that does", () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom(0.2, 0.5, 0.8), (all, iouThreshold) => {
        const boxes = all.flatMap(({ box }) => box);
        const scores = all.map(({ score }) => score);
        const classes = all.map(({ label }) => label);
        const kept = [...nonMaximumSuppression({ boxes, scores, classes }, { iouThreshold })];
        const clash = (i: number, j: number): boolean =>
          classes[i] === classes[j] && intersectionOverUnion(boxes, i, boxes, j) > iouThreshold;
        const isBetter = (i: number, j: number): boolean =>
          scores[i]! > scores[j]! || (scores[i] === scores[j] && i < j);
        all.forEach((_, i) => {
          const better = kept.filter((j) => j !== i && isBetter(j, i) && clash(i, j));
          expect(better.length > 0).toBe(!kept.includes(i));
        });
        kept.slice(1).forEach((i, at) => expect(isBetter(kept[at]!, i)).toBe(true));
      }),
    );
  });

  it("has thresholds and a limit, and drops NaN", () => {
    const boxes = [0, 0, 1, 1, 5, 5, 6, 6, 9, 9, 10, 10, 20, 20, 21, 21];
    const scores = [0.5, 0.9, NaN, 0.1];
    expect([...nonMaximumSuppression({ boxes, scores })]).toEqual([1, 0, 3]);
    expect([...nonMaximumSuppression({ boxes, scores }, { scoreThreshold: 0.5 })]).toEqual([1, 0]);
    expect([...nonMaximumSuppression({ boxes, scores }, { most: 1 })]).toEqual([1]);
  });

  it("refuses what does not fit", () => {
    const one = { boxes: [0, 0, 1, 1], scores: [1] };
    expect(() => nonMaximumSuppression({ ...one, scores: [1, 2] })).toThrow("scores has 2 values");
    expect(() => nonMaximumSuppression({ ...one, boxes: [1] })).toThrow("a multiple of 4");
    expect(() => nonMaximumSuppression({ ...one, classes: [] })).toThrow("classes has 0 values");
    expect(() => nonMaximumSuppression(one, { iouThreshold: 50 })).toThrow("iouThreshold is 50");
    expect(() => nonMaximumSuppression(one, { iouThreshold: NaN })).toThrow("iouThreshold is NaN");
    expect(() => nonMaximumSuppression(one, { most: 0 })).toThrow("most is 0");
  });
});

describe("boxes", () => {
  it("go from corners to centres and back", () => {
    fc.assert(
      fc.property(fc.array(drawnBox, { maxLength: 5 }), (all) => {
        expect([...cornersOf(centresOf(all.flat()))]).toEqual(all.flat());
      }),
    );
    expect([...centresOf([0, 10, 4, 20])]).toEqual([2, 15, 4, 10]);
  });

  it("are decoded from SSD's offsets", () => {
    const priors = [0.5, 0.5, 0.2, 0.4];
    const still = decodeSsd([0, 0, 0, 0], priors);
    still.forEach((value, i) => expect(value).toBeCloseTo([0.4, 0.3, 0.6, 0.7][i]!, 6));
    const moved = decodeSsd([5, 0, Math.log(2) / 0.2, 0], priors);
    moved.forEach((value, i) => expect(value).toBeCloseTo([0.4, 0.3, 0.8, 0.7][i]!, 6));
    expect(() => decodeSsd([0, 0, 0], priors)).toThrow("offsets has 3 values");
  });
});

describe("decodeYolo", () => {
  // Two boxes of two classes: columns are x, y, width, height, class 0, class 1.
  const columns = [10, 50, 20, 60, 4, 8, 6, 2, 0.125, 0.75, 0.5, 0.25];
  const rows = [10, 20, 4, 6, 0.125, 0.5, 50, 60, 8, 2, 0.75, 0.25];

  it("reads both layouts", () => {
    const expected = {
      boxes: Float32Array.of(8, 17, 12, 23, 46, 59, 54, 61),
      scores: Float32Array.of(0.5, 0.75),
      classes: Int32Array.of(1, 0),
    };
    expect(decodeYolo(columns, { classes: 2 })).toEqual(expected);
    expect(decodeYolo(rows, { classes: 2, layout: "rows" })).toEqual(expected);
  });

  it("leaves out low scores, and multiplies by that of any object", () => {
    const high = decodeYolo(columns, { classes: 2, scoreThreshold: 0.75 });
    expect([...high.boxes, ...high.scores]).toEqual([46, 59, 54, 61, 0.75]);
    const withObject = [10, 20, 4, 6, 0.5, 0.125, 0.5];
    const options = { classes: 2, layout: "rows", objectness: true, format: "corners" } as const;
    const found = decodeYolo(withObject, options);
    expect([...found.boxes, ...found.scores, ...found.classes]).toEqual([10, 20, 4, 6, 0.25, 1]);
  });

  it("yields what suppression takes and picks from", () => {
    const found = decodeYolo(columns, { classes: 2 });
    expect(pick(found, nonMaximumSuppression(found, { most: 1 }))).toEqual({
      boxes: Float32Array.of(46, 59, 54, 61),
      scores: Float32Array.of(0.75),
      classes: Int32Array.of(0),
    });
  });

  it("refuses what does not come out even", () => {
    expect(() => decodeYolo(columns, { classes: 3 })).toThrow(
      "output has 12 values, expected a multiple of 7",
    );
  });
});

describe("in the source", () => {
  const source = { width: 400, height: 200 };
  const size = { width: 100, height: 100 };

  it.each([
    ["stretch", [0, 0, 400, 200], [40, 20]],
    ["letterbox", [0, 0, 400, 200], [40, 0]],
    ["crop", [100, 0, 300, 200], [120, 20]],
  ] as const)("boxes and points lie where they are, %s", (fit, whole, tenth) => {
    expect([...boxesInSource([0, 0, 100, 100], { source, size, fit })]).toEqual(whole);
    expect([...pointsInSource([10, 10], { source, size, fit })]).toEqual(tenth);
  });

  it("boxes come back from where `image` puts them", () => {
    const extent = fc.integer({ min: 1, max: 900 });
    const shorterSide = fc.option(fc.integer({ min: 900, max: 1200 }), { nil: undefined });
    const fits = fc.constantFrom("stretch", "crop", "letterbox");
    fc.assert(
      fc.property(
        fits,
        fc.tuple(extent, extent),
        fc.tuple(extent, extent),
        shorterSide,
        (fit, picture, model, shorter) => {
          const spans = spansOf({ fit, shorterSide: shorter }, picture, model);
          const [top, left] = spans.map(({ start }) => -start) as [number, number];
          const [bottom, right] = spans.map(({ start, length }) => length - start);
          const [from, to] = [picture, model].map(([height, width]) => ({ height, width }));
          const back = boxesInSource([left, top, right!, bottom!], {
            source: from!,
            size: to!,
            fit,
            shorterSide: shorter,
          });
          expect([...back]).toEqual([0, 0, picture[1], picture[0]]);
        },
      ),
    );
  });

  it("refuses sizes that are none", () => {
    const empty = { source: { width: 0, height: 1 }, size, fit: "crop" } as const;
    expect(() => boxesInSource([], empty)).toThrow("source.width is 0");
    expect(() => pointsInSource([1], { source, size, fit: "crop" })).toThrow("points has 1 values");
  });
});
