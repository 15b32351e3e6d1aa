/** How a length is cut into parts of about one size. */

/** The first of a part, and the first behind it. */
export function partEnds(at: number, count: number, length: number): readonly [number, number] {
  return [Math.floor((at * length) / count), Math.floor(((at + 1) * length) / count)];
}
