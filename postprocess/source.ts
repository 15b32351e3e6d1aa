/** From the model's picture back to the one that it was made of. */
import { mapBoxes } from "./boxes.js";
import { checkInteger, countRows } from "./checks.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FitOptions {
  /** The picture as it was. */
  readonly source: Size;
  /** The picture that the model sees. */
  readonly size: Size;
  /** How the one was made of the other, as of `image({ fit })`. */
  readonly fit: "stretch" | "crop" | "letterbox";
}

/**
 * Boxes (x1, y1, x2, y2) of the model's picture as boxes of the source, in pixels, cut where they leave it. Throws a
 * RangeError on a part of a box, or a size that is none.
 */
export function boxesInSource(boxes: ArrayLike<number>, options: FitOptions): Float32Array {
  const { x, y } = wayBack(options);
  return mapBoxes(boxes, (x1, y1, x2, y2) => [x(x1), y(y1), x(x2), y(y2)]);
}

/** Points (x, y), one after the other, likewise: landmarks, key points of a pose. */
export function pointsInSource(points: ArrayLike<number>, options: FitOptions): Float32Array {
  countRows("points", points.length, 2);
  const { x, y } = wayBack(options);
  return Float32Array.from(points, (value, i) => (i % 2 === 0 ? x(value) : y(value)));
}

/** Where a coordinate of the model's picture lies in the source. */
function wayBack({ source, size, fit }: FitOptions): {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
} {
  for (const [name, one] of [["source", source] as const, ["size", size] as const]) {
    checkInteger(`${name}.width`, one.width, 1);
    checkInteger(`${name}.height`, one.height, 1);
  }
  const [across, down] = [size.width / source.width, size.height / source.height];
  const [scaleX, scaleY] =
    fit === "stretch"
      ? [across, down]
      : fit === "crop"
        ? [Math.max(across, down), Math.max(across, down)]
        : [Math.min(across, down), Math.min(across, down)];
  return {
    x: coordinate(scaleX, source.width, size.width),
    y: coordinate(scaleY, source.height, size.height),
  };
}

/** Both pictures have the same middle. */
function coordinate(scale: number, source: number, size: number): (value: number) => number {
  const before = (size - source * scale) / 2;
  return (value) => Math.min(source, Math.max(0, (value - before) / scale));
}
