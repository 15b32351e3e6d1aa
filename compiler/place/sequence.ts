/** The addresses of a value's elements in row-major order, as the fewest nested runs that say them. */
import type { Place } from "./place.js";

/** `count` elements, `stride` apart, of what lies inside. */
export interface Run {
  readonly count: number;
  readonly stride: number;
}

/**
 * Outermost first, neighbours that make one longer run joined and runs of 1 dropped: [2,3,4] under strides
 * [12,4,1] => 24 by 1. Two values go through the same addresses just where offsets and runs are equal, since the
 * innermost run ends where the distance between neighbours first changes, and so on outwards.
 */
export function runsOf(dims: readonly number[], strides: readonly number[]): readonly Run[] {
  const runs: Run[] = [];
  dims.forEach((count, d) => {
    if (count === 1) return;
    const stride = strides[d]!;
    const last = runs.at(-1);
    if (last !== undefined && last.stride === stride * count)
      runs[runs.length - 1] = { count: last.count * count, stride };
    else runs.push({ count, stride });
  });
  return runs;
}

/** Whether the elements of two values, taken in row-major order, lie at the same addresses of one buffer. */
export function sameSequence(
  a: Place,
  aDims: readonly number[],
  b: Place,
  bDims: readonly number[],
): boolean {
  if (a.buffer !== b.buffer || a.offset !== b.offset) return false;
  if (a.block !== undefined || b.block !== undefined) return false;
  const [first, second] = [runsOf(aDims, a.strides), runsOf(bDims, b.strides)];
  return (
    first.length === second.length &&
    first.every(({ count, stride }, i) => {
      const other = second[i]!;
      return count === other.count && stride === other.stride;
    })
  );
}
