/** Where a picture goes: how large it is resized, and which part of that, or what around it, the model sees. */
import { fail } from "../../../base/error.js";
import type { ImageSpec } from "./spec.js";

/** [height, width] */
export type Sides = readonly [number, number];

/** One side: `count` elements of the model's, the first at `start` of the `length` that `input` is resized to. */
export interface Span {
  readonly input: number;
  readonly length: number;
  /** Negative where there is something before the picture. */
  readonly start: number;
  readonly count: number;
}

/** The outputs of one side that show the picture: from, to. */
export function covered({ length, start, count }: Span): readonly [number, number] {
  return [Math.max(0, start), Math.min(length, start + count)];
}

/** The spans of height and width of a picture whose size is known. Throws CompileError `bad-attribute`. */
export function spansOf(
  { fit, shorterSide }: Pick<ImageSpec, "fit" | "shorterSide">,
  picture: Sides,
  model: Sides,
): readonly [Span, Span] {
  const span = (length: Sides, start: (spare: number) => number): readonly [Span, Span] => {
    const side = (d: 0 | 1): Span => ({
      input: picture[d],
      length: length[d],
      start: start(length[d] - model[d]),
      count: model[d],
    });
    return [side(0), side(1)];
  };
  switch (fit) {
    case "stretch":
      return span(model, () => 0);
    case "crop": {
      const length = coveringSides(shorterSide, picture, model);
      if (length[0] < model[0] || length[1] < model[1]) {
        const message = `${picture.join(" × ")} resized to ${length.join(" × ")} does not cover the model's ${model.join(" × ")}`;
        fail("bad-attribute", `shorterSide is ${shorterSide}: ${message}`);
      }
      return span(length, (spare) => halfToEven(spare / 2));
    }
    case "letterbox":
      return span(containedSides(picture, model), (spare) => -Math.floor(-spare / 2));
    default:
      return fit satisfies never;
  }
}

/** torchvision's Resize(size): the shorter side is that, the longer one rounded down. By default just enough. */
function coveringSides(
  shorterSide: number | undefined,
  [height, width]: Sides,
  [modelHeight, modelWidth]: Sides,
): Sides {
  const byHeight =
    shorterSide === undefined ? modelHeight * width >= modelWidth * height : height <= width;
  if (byHeight) {
    const length = shorterSide ?? modelHeight;
    return [length, Math.floor((length * width) / height)];
  }
  const length = shorterSide ?? modelWidth;
  return [Math.floor((length * height) / width), length];
}

/** As YOLO's letterbox has it, in its order of operations. */
function containedSides([height, width]: Sides, [modelHeight, modelWidth]: Sides): Sides {
  const ratio = Math.min(modelHeight / height, modelWidth / width);
  return [Math.max(1, halfToEven(height * ratio)), Math.max(1, halfToEven(width * ratio))];
}

/** Python's round. */
export function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
