/** From the model's picture back to the one that it was made of, by the geometry of `image({ fit })`. */
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
  /** With `crop`: what the shorter side was resized to before; by default just enough. */
  readonly shorterSide?: number | undefined;
}

/**
 * Boxes (x1, y1, x2, y2) of the model's picture as boxes of the source, in pixels, cut where they leave it. Throws
 * a RangeError on a part of a box, or a size that is none.
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

type Coordinate = (value: number) => number;

/** Where a coordinate of the model's picture lies in the source. */
function wayBack(options: FitOptions): { readonly x: Coordinate; readonly y: Coordinate } {
  const { source, size, shorterSide } = options;
  for (const [name, { width, height }] of Object.entries({ source, size })) {
    checkInteger(`${name}.width`, width, 1);
    checkInteger(`${name}.height`, height, 1);
  }
  if (shorterSide !== undefined) checkInteger("shorterSide", shorterSide, 1);
  const resized = resizedSize(options);
  const startOf =
    options.fit === "letterbox" ? (spare: number) => -Math.floor(-spare / 2) : cropped;
  const coordinate =
    (side: keyof Size): Coordinate =>
    (value) => {
      const start = startOf(resized[side] - size[side]);
      const at = ((value + start) * source[side]) / resized[side];
      return Math.min(source[side], Math.max(0, at));
    };
  return { x: coordinate("width"), y: coordinate("height") };
}

/** Where torchvision's CenterCrop begins. */
const cropped = (spare: number): number => halfToEven(spare / 2);

/** What the whole source was resized to, before it was cut or something was put around it. */
function resizedSize({ source, size, fit, shorterSide }: FitOptions): Size {
  const { width, height } = source;
  if (fit === "stretch") return size;
  if (fit === "letterbox") {
    const ratio = Math.min(size.height / height, size.width / width);
    return {
      width: Math.max(1, halfToEven(width * ratio)),
      height: Math.max(1, halfToEven(height * ratio)),
    };
  }
  const byHeight =
    shorterSide === undefined ? size.height * width >= size.width * height : height <= width;
  if (byHeight) {
    const length = shorterSide ?? size.height;
    return { width: Math.floor((length * width) / height), height: length };
  }
  const length = shorterSide ?? size.width;
  return { width: length, height: Math.floor((length * height) / width) };
}

/** Python's round. */
function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
