/** Which pixels of an input an element of a layer sees, by the formula: start, stride and size along each axis. */
import type { FieldAxis } from "../analysis/receptiveField.js";

/** In rows and columns of the input as a picture, borders included: frames of a video stand below one another. */
export interface SeenBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** `row` and `column` of the layer as a picture. Nothing where all that is seen is padding. */
export function boxesSeen(
  axes: readonly FieldAxis[],
  layer: readonly number[],
  input: readonly number[],
  row: number,
  column: number,
): SeenBox[] {
  const [spatial, sides] = [layer.slice(2), input.slice(2)];
  const position = spatial.length === 0 ? [] : positionOf(spatial, row, column);
  const seen = sides.map((length, d) => {
    const { start, stride, size } = axes[d]!;
    const from = start + stride * (position[d] ?? 0);
    return [
      Math.max(0, Math.ceil(from)),
      Math.min(length - 1, Math.floor(from + size - 1)),
    ] as const;
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

function framesOf([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function positionOf(spatial: readonly number[], row: number, column: number): number[] {
  if (spatial.length === 1) return [column];
  if (spatial.length === 2) return [row, column];
  return [Math.floor(row / spatial[1]!), row % spatial[1]!, column];
}
