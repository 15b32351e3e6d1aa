/** Non-maximum suppression: of boxes that show the same object, the best. */
import type { Detections } from "./boxes.js";
import { checkInteger, checkLength, checkNumber, countRows } from "./checks.js";

export interface SuppressionOptions {
  /** A box that overlaps a better one by more (intersection over union) is dropped; 0.5 by default. */
  readonly iouThreshold?: number | undefined;
  /** Boxes of lower scores are dropped before; none by default. */
  readonly scoreThreshold?: number | undefined;
  /** At most so many are kept; all by default. */
  readonly most?: number | undefined;
}

/** What of `Detections` decides; without classes all boxes compete. */
export type Candidates = {
  readonly boxes: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  readonly classes?: ArrayLike<number> | undefined;
};

/**
 * Which boxes are kept, best first: as torchvision.ops.nms, and with classes as its batched_nms, where a box only
 * competes with those of its own class. Boxes are (x1, y1, x2, y2). Of equal scores the first box is better; a
 * box whose score is NaN is dropped. Throws a RangeError where there are not as many scores (and classes) as boxes.
 */
export function nonMaximumSuppression(
  candidates: Candidates | Detections,
  { iouThreshold = 0.5, scoreThreshold = -Infinity, most = Infinity }: SuppressionOptions = {},
): Int32Array {
  const { boxes, scores, classes } = candidates;
  const count = countRows("boxes", boxes.length, 4);
  checkLength("scores", scores.length, [count]);
  if (classes !== undefined) checkLength("classes", classes.length, [count]);
  checkNumber("iouThreshold", iouThreshold, 0, 1);
  checkNumber("scoreThreshold", scoreThreshold, -Infinity, Infinity);
  if (most !== Infinity) checkInteger("most", most, 1);
  const order = Array.from({ length: count }, (_, i) => i)
    .filter((i) => scores[i]! >= scoreThreshold)
    .sort((a, b) => scores[b]! - scores[a]!);
  const kept: number[] = [];
  for (const i of order) {
    if (kept.length >= most) break;
    const isDropped = kept.some(
      (better) =>
        (classes === undefined || classes[better] === classes[i]) &&
        intersectionOverUnion(boxes, better, boxes, i) > iouThreshold,
    );
    if (!isDropped) kept.push(i);
  }
  return Int32Array.from(kept);
}

/** Of box i of `a` and box j of `b`, as the area of both over that of either; NaN of two boxes without area. */
export function intersectionOverUnion(
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
): number {
  const [p, q] = [4 * i, 4 * j];
  const width = Math.min(a[p + 2]!, b[q + 2]!) - Math.max(a[p]!, b[q]!);
  const height = Math.min(a[p + 3]!, b[q + 3]!) - Math.max(a[p + 1]!, b[q + 1]!);
  const both = Math.max(0, width) * Math.max(0, height);
  return both / (areaOf(a, p) + areaOf(b, q) - both);
}

function areaOf(boxes: ArrayLike<number>, at: number): number {
  return (boxes[at + 2]! - boxes[at]!) * (boxes[at + 3]! - boxes[at + 1]!);
}
