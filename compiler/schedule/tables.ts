/** Finds the axes that tables are read along, where unrolling them makes numbers of all that is read. */
import { bodyLoads, fusionOf, type Fused } from "./loops.js";
import type { Schedule, Split } from "./schedule.js";
import type { Axis, Compute, Kernel } from "../compute/ir.js";

/** A longer axis would be too much code. */
const LONGEST = 8;

/**
 * Axes to unroll so that a reduction's tables need not be read: those along which they are, and all that is summed up.
 * Undefined where there is no table, or where that is too long.
 */
export function tableAxes(compute: Compute, kernel: Kernel): ReadonlySet<string> | undefined {
  // Elsewhere 0 · ∞ is NaN, and a table that is read as numbers would leave it out.
  const tables = new Set(
    kernel.constants.flatMap(({ name, sparse }) => (sparse === true ? [name] : [])),
  );
  const reads = bodyLoads(compute).filter(({ source }) => tables.has(source));
  if (reads.length === 0 || compute.combine !== "sum") return undefined;
  const terms = reads.flatMap(({ index }) => index.flatMap((one) => one.terms));
  const names = new Set(compute.reduce.map(({ name }) => name));
  for (const { of } of terms) {
    if (typeof of !== "string") return undefined;
    names.add(of);
  }
  const own = new Map([...compute.axes, ...compute.reduce].map((axis) => [axis.name, axis.extent]));
  const isShort = (name: string): boolean => (own.get(name) ?? Infinity) <= LONGEST;
  return [...names].every(isShort) ? names : undefined;
}

/** Axes of tables in one tile, for one element (or some neighbouring vectors) of the others at a time. */
export function foldedSchedule(
  fused: Fused,
  { axes, reduce }: Compute,
  folded: ReadonlySet<string>,
  lane: Axis | undefined,
  { lanes, vectors }: { readonly lanes: number; readonly vectors: number },
): Schedule {
  const side: readonly Split[] = vectors > 1 ? [{ factor: vectors, kind: "unroll" }] : [];
  const unrolled = [...axes, ...reduce].filter(({ name }) => folded.has(name));
  const split = Object.fromEntries([
    ...unrolled.map(({ name, extent }): [string, readonly Split[]] => [
      name,
      [{ factor: extent, kind: "unroll" }],
    ]),
    ...(lane === undefined
      ? []
      : [[lane.name, [...side, { factor: lanes, kind: "vector" }]] as [string, readonly Split[]]]),
  ]);
  return {
    ...fusionOf(fused),
    split,
    order: [...fused.axes, ...reduce].map(({ name }) => name),
    lanes: lane === undefined ? 1 : lanes,
    foldTables: true,
    ...(lane !== undefined && vectors > 1 ? { pairs: true } : {}),
  };
}
