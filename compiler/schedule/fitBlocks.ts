/** Fits a schedule to values that lie in blocks already: what is written at load lies as its readers want it. */
import { allLoads } from "../compute/loads.js";
import type { Compute, Kernel } from "../compute/ir.js";
import { accessesOf } from "../place/accesses.js";
import type { Places } from "../place/place.js";
import type { Schedule, Split } from "./schedule.js";

/** The schedule with tiles of whole blocks, and loops over blocks outermost: memory is then gone through in order. */
export function fitBlocks(
  schedule: Schedule,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Schedule {
  const sizes = blockSizes(compute, kernel, places);
  if (sizes.size === 0) return schedule;
  const inLanes = (axis: string): boolean =>
    schedule.split[axis]?.some(({ kind }) => kind === "vector") === true;
  // A vector that would cross a block is none.
  const whole = [...sizes].every(
    ([axis, all]) => !inLanes(axis) || all.every((size) => size % schedule.lanes === 0),
  );
  const lanes = whole ? schedule.lanes : 1;
  const split: Record<string, readonly Split[]> = {};
  for (const [axis, splits] of Object.entries(schedule.split))
    split[axis] = splits.filter(({ kind }) => whole || kind !== "vector");
  for (const [axis, all] of sizes) {
    const tile = all.reduce(leastCommonMultiple);
    const vector = whole && inLanes(axis);
    const factor = vector ? tile / lanes : tile;
    split[axis] = [
      ...(factor > 1 ? ([{ factor, kind: "unroll" }] as const) : []),
      ...(vector ? ([{ factor: lanes, kind: "vector" }] as const) : []),
    ];
  }
  const isBlocked = (axis: string): number => Number(sizes.has(axis) && isOutput(axis, compute));
  const order = [...schedule.order].sort((a, b) => isBlocked(b) - isBlocked(a));
  // Blocks that nobody cut would be.
  const { partialSums: _, grouped: ____, ...fitted } = schedule;
  if (whole) return { ...fitted, split, order, lanes };
  const { pairs: __, turnSquares: ___, ...scalar } = fitted;
  return { ...scalar, split, order, lanes };
}

/** The blocks that each axis runs over, by axis. */
function blockSizes(
  compute: Compute,
  kernel: Kernel,
  places: Places,
): ReadonlyMap<string, readonly number[]> {
  const { target, access } = accessesOf(kernel, compute, places);
  const sizes = new Map<string, readonly number[]>();
  for (const one of [target, ...allLoads(compute).map(access)]) {
    if (one?.blocked === undefined) continue;
    const { axis, size } = one.blocked;
    sizes.set(axis, [...(sizes.get(axis) ?? []), size]);
  }
  return sizes;
}

function isOutput(axis: string, { axes }: Compute): boolean {
  return axes.some(({ name }) => name === axis);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
