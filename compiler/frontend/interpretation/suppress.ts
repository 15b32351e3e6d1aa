/**
 * Greedy non-maximum suppression as graph ops, without a loop that the data ends: `most` times the best box that
 * is left is taken, and it and all that overlap it are struck out. All steps are kernels of the same shapes, so
 * there is code for one.
 */
import { tensor } from "../../base/tensor.js";
import {
  add,
  cast,
  div,
  equal,
  greater,
  greaterOrEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  mul,
  sub,
  where,
} from "../builder/arithmetic.js";
import { cat, gather, permute, reshape, split } from "../builder/movement.js";
import { argmax, sum } from "../builder/reduction.js";
import { constant, type Value } from "../builder/value.js";
import { integers, scalar, type Parts } from "./interpreter.js";

/** One column a box. */
export interface Candidates {
  /** f32[4, boxes]: x1, y1, x2, y2 */
  readonly corners: Value;
  /** f32[1, boxes]; −1 is none. */
  readonly scores: Value;
  /** i32[1, boxes] */
  readonly classes: Value;
}

interface Options {
  readonly iouThreshold: number;
  readonly acrossClasses: boolean;
  readonly most: number;
}

export function suppress(candidates: Candidates, options: Options, count: number): Parts {
  const { corners, classes } = candidates;
  const { most } = options;
  const numbers = Array.from({ length: count }, (_, i) => i);
  const places = integers(corners, [1, count], numbers);
  const sides = split(corners, [1, 1, 1, 1], 0);
  const areas = areaOf(sides);
  const taken: { readonly corners: Value; readonly score: Value; readonly label: Value }[] = [];
  let { scores } = candidates;
  for (let step = 0; step < most; step++) {
    const place = argmax(scores, 1);
    const best = {
      corners: gather(corners, place, 1),
      score: gather(scores, place, 1),
      label: gather(classes, place, 1),
    };
    taken.push(best);
    if (step === most - 1) break;
    const overlap = overlapOf(sides, areas, split(best.corners, [1, 1, 1, 1], 0));
    const covered = greater(overlap, scalar(corners, options.iouThreshold));
    const rival = options.acrossClasses ? covered : logicalAnd(covered, equal(classes, best.label));
    const struck = logicalOr(rival, equal(places, place));
    scores = where(struck, scalar(corners, -1), scores);
  }
  return partsOf(
    cat(taken.map((one) => one.corners)),
    cat(taken.map((one) => one.score)),
    cat(taken.map((one) => one.label)),
    most,
  );
}

/** Rows of x1, y1, x2, y2 */
type Sides = readonly Value[];

function areaOf([x1, y1, x2, y2]: Sides): Value {
  return mul(sub(x2!, x1!), sub(y2!, y1!));
}

/** Intersection over union of every box and one. */
function overlapOf(all: Sides, areas: Value, one: Sides): Value {
  const zero = scalar(areas, 0);
  const extent = (low: number, high: number): Value =>
    maximum(sub(minimum(all[high]!, one[high]!), maximum(all[low]!, one[low]!)), zero);
  const both = mul(extent(0, 2), extent(1, 3));
  return div(both, sub(add(areas, areaOf(one)), both));
}

/** What was taken, [4, most], [1, most] and [1, most], as outputs: zeros and −1 where nothing was left. */
function partsOf(corners: Value, scores: Value, labels: Value, most: number): Parts {
  const zero = scalar(scores, 0);
  const found = greaterOrEqual(scores, zero);
  const none = constant(scores, tensor("i32", [], [-1]));
  return {
    boxes: permute(where(found, corners, zero), [1, 0]),
    scores: reshape(where(found, scores, zero), [most]),
    classes: reshape(where(found, labels, none), [most]),
    count: sum(cast(found, "i32"), { dim: 1 }),
  };
}
