/** Cases of the ops that find as many as there are: places, and boxes without those that overlap better ones. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, generator, indicesIn, random, type OpCase } from "./opCase.js";

function placesCase(x: Tensor, most?: number): OpCase {
  const places = indicesIn(x.type.dims).flatMap((index, i) => (at(x, index) === 0 ? [] : [i]));
  const room = Math.min(most ?? Infinity, x.data.length);
  return {
    title: `${x.type.dtype}[${x.type.dims.join(",")}], at most ${most ?? "all"}`,
    inputs: [x],
    attributes: most === undefined ? {} : { most },
    expected: build("i32", [room], ([j]) => places[j!] ?? -1),
  };
}

type Box = readonly number[];

/** Intersection over union of boxes whose corners are small whole numbers: exact but for the last division. */
function overlap(a: Box, b: Box): number {
  const side = (d: number): number =>
    Math.max(0, Math.min(a[d + 2]!, b[d + 2]!) - Math.max(a[d]!, b[d]!));
  const area = (box: Box): number => (box[2]! - box[0]!) * (box[3]! - box[1]!);
  const both = side(0) * side(1);
  return both === 0 ? 0 : Math.fround(both / (area(a) + area(b) - both));
}

function suppressionCase(
  boxes: Tensor,
  scores: Tensor,
  attributes: { most: number; iouThreshold?: number; scoreThreshold?: number },
): OpCase {
  const [batch, classes, count] = scores.type.dims as [number, number, number];
  const { most, iouThreshold = 0, scoreThreshold = -Infinity } = attributes;
  const boxOf = (b: number, i: number): Box => [0, 1, 2, 3].map((d) => at(boxes, [b, i, d]));
  const takenOf = (b: number, c: number): number[] => {
    const score = (i: number): number => at(scores, [b, c, i]);
    const order = Array.from({ length: count }, (_, i) => i).sort((i, j) => score(j) - score(i));
    const taken: number[] = [];
    for (const i of order) {
      if (score(i) <= scoreThreshold || taken.length === most) break;
      if (taken.every((j) => overlap(boxOf(b, i), boxOf(b, j)) <= Math.fround(iouThreshold)))
        taken.push(i);
    }
    return taken;
  };
  return {
    title: `${count} boxes of ${classes} classes ${JSON.stringify(attributes)}`,
    inputs: [boxes, scores],
    attributes,
    expected: build(
      "i32",
      [batch, classes, Math.min(most, count)],
      ([b, c, j]) => takenOf(b!, c!)[j!] ?? -1,
    ),
  };
}

function boxesOf(batch: number, count: number, seed: number): Tensor {
  const next = generator(seed);
  const rows = Array.from({ length: batch * count }, () => {
    const [x, y, w, h] = [12, 12, 9, 9].map((most) => Math.floor(next() * most));
    return [x!, y!, x! + w!, y! + h!];
  });
  return tensor("f32", [batch, count, 4], rows.flat());
}

const far = tensor("f32", [1, 3, 4], [0, 0, 2, 2, 5, 5, 7, 7, 9, 9, 10, 10]);
const alike = tensor("f32", [1, 3, 4], Array(3).fill([1, 1, 3, 4]).flat() as number[]);

export const detectionCases: Readonly<Record<string, readonly OpCase[]>> = {
  nonZeroPlaces: [
    placesCase(random([3, 5], 1, "bool")),
    placesCase(random([4, 2, 3], 2, "bool"), 5),
    placesCase(tensor("f32", [6], [0, -0, NaN, 1, -3, 0])),
    placesCase(random([40], 3, "i32"), 100),
    placesCase(tensor("i64", [5], [0, 0, 0, 0, 0])),
    placesCase(tensor("u8", [], [7])),
  ],
  nonMaxSuppression: [
    suppressionCase(far, tensor("f32", [1, 1, 3], [0.1, 0.9, 0.5]), { most: 3 }),
    suppressionCase(alike, tensor("f32", [1, 1, 3], [0.5, 0.5, 0.5]), { most: 2 }),
    suppressionCase(alike, tensor("f32", [1, 1, 3], [0.5, 0.7, 0.6]), { most: 9, iouThreshold: 1 }),
    suppressionCase(boxesOf(2, 30, 4), random([2, 3, 30], 5), { most: 7, iouThreshold: 0.25 }),
    suppressionCase(boxesOf(1, 40, 6), random([1, 2, 40], 7), {
      most: 40,
      iouThreshold: 0.5,
      scoreThreshold: 0.5,
    }),
    suppressionCase(boxesOf(1, 1, 8), random([1, 1, 1], 9), { most: 1, scoreThreshold: 4 }),
  ],
};
