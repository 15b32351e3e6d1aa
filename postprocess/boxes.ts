/** Boxes: between corners and centres, and as detectors yield them. */
import { checkLength, checkNumber, countRows } from "./checks.js";

/** Boxes that a detector found, side by side: box i has 4 coordinates, a score and a class. */
export interface Detections {
  /** x1, y1, x2, y2 of each box, one after the other. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly classes: Int32Array;
}

/** Boxes of (centre x, centre y, width, height) as (x1, y1, x2, y2). Throws a RangeError on a part of a box. */
export function cornersOf(boxes: ArrayLike<number>): Float32Array {
  return mapBoxes(boxes, (x, y, width, height) => [
    x - width / 2,
    y - height / 2,
    x + width / 2,
    y + height / 2,
  ]);
}

/** Boxes of (x1, y1, x2, y2) as (centre x, centre y, width, height). Throws a RangeError on a part of a box. */
export function centresOf(boxes: ArrayLike<number>): Float32Array {
  return mapBoxes(boxes, (x1, y1, x2, y2) => [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]);
}

type Four = readonly [number, number, number, number];

/** Every box through a function. */
export function mapBoxes(
  boxes: ArrayLike<number>,
  change: (a: number, b: number, c: number, d: number) => Four,
): Float32Array {
  const count = countRows("boxes", boxes.length, 4);
  const result = new Float32Array(boxes.length);
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((j) => boxes[i * 4 + j]!) as unknown as Four;
    result.set(change(a, b, c, d), i * 4);
  }
  return result;
}

/** The detections at `indices`, in their order: what `nonMaximumSuppression` kept. */
export function pick(detections: Detections, indices: ArrayLike<number>): Detections {
  const kept = Array.from(indices);
  return {
    boxes: Float32Array.from(kept.flatMap((i) => [...detections.boxes.subarray(i * 4, i * 4 + 4)])),
    scores: Float32Array.from(kept, (i) => detections.scores[i]!),
    classes: Int32Array.from(kept, (i) => detections.classes[i]!),
  };
}

/**
 * SSD's offsets from its priors as boxes of corners (Liu et al., 2016): centre = prior's centre + offset · v₀ ·
 * prior's size, size = prior's size · e^(offset · v₁). Priors are (centre x, centre y, width, height). Throws a
 * RangeError where there are not as many of both.
 */
export function decodeSsd(
  offsets: ArrayLike<number>,
  priors: ArrayLike<number>,
  variances: readonly [centre: number, size: number] = [0.1, 0.2],
): Float32Array {
  checkLength("offsets", offsets.length, [countRows("priors", priors.length, 4), 4]);
  const [v0, v1] = variances;
  checkNumber("variances[0]", v0, 0, Infinity);
  checkNumber("variances[1]", v1, 0, Infinity);
  let i = 0;
  const centred = mapBoxes(priors, (x, y, width, height) => {
    const at = 4 * i++;
    return [
      x + offsets[at]! * v0 * width,
      y + offsets[at + 1]! * v0 * height,
      width * Math.exp(offsets[at + 2]! * v1),
      height * Math.exp(offsets[at + 3]! * v1),
    ];
  });
  return cornersOf(centred);
}
