/** How values of any rank are pictures. */

/** Of `[1, c, d, h, w]` d pictures below one another, of the first of a batch; of less than three dims one row. */
export function pictureSides(
  dims: readonly number[],
): readonly [channels: number, rows: number, columns: number] {
  if (dims.length < 3) return [1, 1, dims.at(-1) ?? 1];
  const rows = dims.slice(2, -1).reduce((product, length) => product * length, 1);
  return [dims[1]!, rows, dims.at(-1)!];
}
