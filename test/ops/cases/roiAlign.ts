/** Cases of roiAlign: one sample at a time, as many as ONNX's text says, between four elements. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, random, type OpCase } from "./opCase.js";

interface Given {
  readonly mode?: "average" | "max";
  readonly outputSize: readonly [number, number];
  readonly samplingRatio?: number;
  readonly spatialScale?: number;
  readonly halfPixel?: boolean;
}

/** Two elements along one dimension with their weights; none where the sample is too far out. */
function between(position: number, size: number): readonly (readonly [number, number])[] {
  if (position < -1 || position > size) return [];
  const inside = Math.max(position, 0);
  const low = Math.min(Math.floor(inside), size - 1);
  const fraction = low === size - 1 ? 0 : inside - low;
  return [
    [low, 1 - fraction],
    [Math.min(low + 1, size - 1), fraction],
  ];
}

/** Where the samples of part `o` of a side lie. */
function samples(from: number, to: number, o: number, parts: number, given: Given): number[] {
  const { samplingRatio = 0, spatialScale = 1, halfPixel = true } = given;
  const start = from * spatialScale - (halfPixel ? 0.5 : 0);
  const length = (to - from) * spatialScale;
  const part = (halfPixel ? length : Math.max(length, 1)) / parts;
  const count = samplingRatio > 0 ? samplingRatio : Math.max(0, Math.ceil(part));
  return Array.from({ length: count }, (_, i) => start + (o + (i + 0.5) / count) * part);
}

function roiCase(x: Tensor, boxes: readonly (readonly number[])[], given: Given): OpCase {
  const [images, channels, h, w] = x.type.dims as [number, number, number, number];
  const batch = boxes.map((_, r) => (r * 7 + 1) % images);
  const [rows, columns] = given.outputSize;
  const expected = build("f32", [boxes.length, channels, rows, columns], ([r, c, oh, ow]) => {
    const [x1, y1, x2, y2] = boxes[r!] as [number, number, number, number];
    const ys = samples(y1, y2, oh!, rows, given);
    const xs = samples(x1, x2, ow!, columns, given);
    const values = ys.flatMap((y) =>
      xs.map((column) =>
        between(y, h).flatMap(([i, up]) =>
          between(column, w).map(([j, left]) => up * left * at(x, [batch[r!]!, c!, i, j])),
        ),
      ),
    );
    if (given.mode === "max") {
      return Math.max(...values.map((four) => (four.length === 0 ? 0 : Math.max(...four)))) + 0;
    }
    const sum = values.flat().reduce((total, value) => total + value, 0);
    return sum / Math.max(values.length, 1);
  });
  const { samplingRatio, spatialScale = 1, halfPixel = true, mode = "average" } = given;
  const shown = samplingRatio === undefined ? "as many as it takes" : `${samplingRatio} squared`;
  return {
    title: `${mode} of ${shown}, scale ${spatialScale}${halfPixel ? "" : ", whole pixels"}`,
    inputs: [
      x,
      tensor("f32", [boxes.length, 4], boxes.flat()),
      tensor("i64", [batch.length], batch),
    ],
    attributes: { ...given },
    expected,
    slack: 3e-5,
  };
}

/** Inside, across each edge, far outside, larger than the map, without extent, and the wrong way round. */
const BOXES = [
  [1.2, 0.7, 6.3, 5.1],
  [-2.4, -1.3, 3.3, 2.2],
  [4.5, 4.5, 12, 9],
  [-40, -30, -20, -10],
  [-25, -31, 60, 47],
  [2.25, 3, 2.25, 3],
  [2.1, 4, 2.3, 4.05],
  [5, 4, 2, 1],
];

export const roiAlignCases: readonly OpCase[] = [
  roiCase(random([2, 3, 6, 8], 3), BOXES, { outputSize: [3, 2] }),
  roiCase(random([2, 3, 6, 8], 4), BOXES, { outputSize: [2, 3], halfPixel: false }),
  roiCase(random([3, 2, 1, 5], 6), BOXES, { outputSize: [7, 2], spatialScale: 1.75 }),
  roiCase(random([2, 3, 6, 8], 7), BOXES, { outputSize: [3, 2], samplingRatio: 2 }),
  roiCase(random([2, 3, 6, 8], 8), BOXES, {
    outputSize: [2, 2],
    samplingRatio: 3,
    spatialScale: 0.5,
    halfPixel: false,
  }),
  roiCase(random([2, 3, 6, 8], 9), BOXES, { outputSize: [3, 2], samplingRatio: 2, mode: "max" }),
];
