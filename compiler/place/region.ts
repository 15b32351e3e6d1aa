/** Sets of addresses: nested runs, and whether two of them meet, without looking at elements. */
import type { Place } from "./place.js";
import type { Run } from "./sequence.js";

/** start + Σ i · stride for all i < count of each run; strides are positive, the largest first. */
export interface Region {
  readonly start: number;
  readonly runs: readonly Run[];
  /** From the first address to the one after the last. */
  readonly span: number;
}

/** Where the elements of a value are, without what lies around it; blocks are taken whole. */
export function regionOf({ offset, strides, block }: Place, dims: readonly number[]): Region {
  return regionOfRuns(
    offset,
    dims.flatMap((count, d): Run[] => {
      const stride = strides[d]!;
      if (block?.dim !== d || count <= block.size) return [{ count, stride }];
      const { size, stride: next } = block;
      return [
        { count: Math.ceil(count / size), stride: next },
        { count: size, stride },
      ];
    }),
  );
}

/** Runs of any sign and order from an address on, each of one element at least. */
export function regionOfRuns(offset: number, all: readonly Run[]): Region {
  let start = offset;
  const runs: Run[] = [];
  for (const { count, stride } of all) {
    if (count === 1 || stride === 0) continue;
    if (stride < 0) start += (count - 1) * stride;
    runs.push({ count, stride: Math.abs(stride) });
  }
  runs.sort((a, b) => b.stride - a.stride);
  const joined: Run[] = [];
  for (const run of runs) {
    const outer = joined.at(-1);
    if (outer !== undefined && outer.stride === run.stride * run.count)
      joined[joined.length - 1] = { count: outer.count * run.count, stride: run.stride };
    else joined.push(run);
  }
  return regionFrom(start, joined);
}

function regionFrom(start: number, runs: readonly Run[]): Region {
  return {
    start,
    runs,
    span: runs.reduce((sum, { count, stride }) => sum + (count - 1) * stride, 1),
  };
}

/**
 * Whether two regions have an address in common. Exact: runs with one stride meet where their starts differ by few
 * multiples of it, a finer run is cut into rows of the coarser one, and where strides have nothing to do with
 * each other rows are tried one by one.
 */
export function overlap(a: Region, b: Region): boolean {
  if (a.start + a.span <= b.start || b.start + b.span <= a.start) return false;
  const [first, second] = [a.runs[0], b.runs[0]];
  if (first === undefined && second === undefined) return a.start === b.start;
  if (first === undefined || (second !== undefined && second.stride > first.stride))
    return overlap(b, a);
  const { count, stride } = first;
  const row = regionFrom(a.start, a.runs.slice(1));
  if (second?.stride === stride) {
    const other = regionFrom(b.start, b.runs.slice(1));
    return rowsMeet(row, other, stride, 1 - second.count, count - 1);
  }
  // All of b against single rows of a: few unless b is as long as many of them.
  const rows = rowsThatMeet(row, b, stride, 0, count - 1);
  if (rows.to - rows.from >= 2 && second !== undefined && stride % second.stride === 0) {
    const perRow = stride / second.stride;
    if (second.count > perRow) return overlapCut(a, b, second, perRow);
  }
  return rowsMeet(row, b, stride, 0, count - 1);
}

/** With b's outermost run cut into whole rows of `perRow` and what is left over. */
function overlapCut(a: Region, b: Region, { count, stride }: Run, perRow: number): boolean {
  const rows = Math.floor(count / perRow);
  const inner = b.runs.slice(1);
  const whole = regionFrom(b.start, [
    { count: rows, stride: stride * perRow },
    { count: perRow, stride },
    ...inner,
  ]);
  if (overlap(a, whole)) return true;
  const left = count - rows * perRow;
  if (left === 0) return false;
  return overlap(
    a,
    regionFrom(b.start + rows * perRow * stride, [{ count: left, stride }, ...inner]),
  );
}

/** Multiples of `stride` in [from, to] that move a row to where its ends reach into b. */
function rowsThatMeet(row: Region, b: Region, stride: number, from: number, to: number) {
  const distance = b.start - row.start;
  return {
    from: Math.max(from, Math.ceil((distance - row.span + 1) / stride)),
    to: Math.min(to, Math.floor((distance + b.span - 1) / stride)),
  };
}

function rowsMeet(row: Region, b: Region, stride: number, least: number, most: number): boolean {
  const { from, to } = rowsThatMeet(row, b, stride, least, most);
  for (let i = from; i <= to; i++)
    if (overlap({ ...row, start: row.start + i * stride }, b)) return true;
  return false;
}
