/** Which pixels of an input an element of a layer sees: by start, stride and size along each axis, or as a list. */
import type { FieldAxis } from "../analysis/receptiveField.js";
import type { SeenAxis } from "./data.js";

/** In rows and columns of the input as a picture, borders included: frames of a video stand below one another. */
export interface SeenBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `row` and `column` of the layer as a picture, of its first channel. Nothing where all that is seen is padding. */
export function boxesSeen(
  axes: readonly (FieldAxis | SeenAxis)[],
  layer: readonly number[],
  input: readonly number[],
  row: number,
  column: number,
): SeenBox[] {
  const sides = input.slice(2);
  const position = positionOf(layer, row, column);
  const seen = sides.map((length, d) => {
    const axis = axes[d]!;
    return alongAxis(axis, axis.dim === undefined ? 0 : position[axis.dim]!, length);
  });
  if (seen.some(([from, to]) => from > to)) return [];
  const [left, right] = seen.at(-1)!;
  const [top, bottom] = seen.at(-2) ?? [0, 0];
  const height = sides.at(-2) ?? 1;
  const frames = sides.slice(0, -2).length === 0 ? [0] : framesOf(seen[0]!);
  return frames.map((frame) => ({
    top: frame * height + top,
    bottom: frame * height + bottom,
    left,
    right,
  }));
}

/** The first and last of so many pixels that a position sees; none of them where the last is before the first. */
export function alongAxis(
  axis: FieldAxis | SeenAxis,
  at: number,
  length: number,
): readonly [from: number, to: number] {
  if ("from" in axis) return [axis.from[at]!, axis.to[at]!];
  const first = axis.start + axis.stride * at;
  return [Math.max(0, Math.ceil(first)), Math.min(length - 1, Math.floor(first + axis.size - 1))];
}

function framesOf([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** One coordinate a dim, of the first channel: a picture's rows are those of all dims between channels and columns. */
function positionOf(dims: readonly number[], row: number, column: number): number[] {
  const position = dims.map(() => 0);
  let above = row;
  for (let d = dims.length - 2; d >= 2; d--) {
    position[d] = above % dims[d]!;
    above = Math.floor(above / dims[d]!);
  }
  if (dims.length > 0) position[dims.length - 1] = column;
  return position;
}
