/** Fits a schedule to engines without fused multiply-add: they need registers for products, and their older compilers move code. */
import { extentsOf } from "../../compute/affine.js";
import { mentions } from "../../compute/walk.js";
import type { Compute, Kernel } from "../../compute/ir.js";
import { allLoads } from "../../compute/loads.js";
import type { Places } from "../../place/place.js";
import { bestTile } from "../../schedule/rows.js";
import { tileOf, type Schedule, type Split } from "../../schedule/schedule.js";
import type { Choices } from "../variant.js";

/**
 * Pixels by two vectors of channels. Node 20 (V8 11.3) on L1-resident operands: 4 pixels 30 GFLOP/s, 5 pixels
 * 24, 6 pixels 14 to 20, since a product takes a register until it is added.
 */
const PIXELS = 4;
/** Sums that leave registers for weights and products: tiles of three vectors and more have fewer pixels. */
const SUMS = 8;

/** What may be better on another machine: pixels of a tile, and whether the innermost loop of a window is unrolled. */
export const PLAIN_ALTERNATIVES: readonly (readonly Choices[])[] = [
  [1, 2, 3, 5, 6, 7, 8].map((pixels) => ({ pixels })),
  [0, 1, 2].map((unrolled) => ({ unrolled })),
];

/**
 * The same weights in the same place: vectors of the lane axis and tiles that constants are packed by stay, the
 * other output axes get smaller tiles, and of the loops of a reduction only a depthwise window's innermost stays
 * unrolled. (V8 11.3 with the loop over channels unrolled by 2: 20 GFLOP/s, by 4: 17; with nine taps of a
 * depthwise window 14, with three 24.)
 */
export function plainSchedule(
  schedule: Schedule,
  compute: Compute,
  _kernel: Kernel,
  places: Places,
  choices: Choices = {},
): Schedule {
  // Dots are the same instructions in both kinds of engines.
  if (schedule.dots === true) return schedule;
  const isReduced = (axis: string): boolean => compute.reduce.some(({ name }) => name === axis);
  const isLane = (axis: string): boolean =>
    schedule.split[axis]!.some(({ kind }) => kind === "vector");
  const axes = Object.keys(schedule.split);
  const tiled = axes.some((axis) => !isLane(axis) && !isReduced(axis));
  if (compute.reduce.length === 0 || !tiled || schedule.foldTables === true) return schedule;
  const vectors = axes
    .filter(isLane)
    .reduce((product, axis) => product * (tileOf(schedule, axis) / schedule.lanes), 1);
  const lanesAlongReduction = axes.some((axis) => isLane(axis) && isReduced(axis));
  const sumsBeside = (pixels: string): number =>
    axes
      .filter((axis) => axis !== pixels && !isReduced(axis))
      .reduce((product, axis) => product * tileOf(schedule, axis), 1);
  const unrolled = choices["unrolled"] ?? (vectors === 1 ? 1 : 0);
  const inner = new Set(unrolled === 0 ? [] : schedule.order.slice(-unrolled));
  const split = axes.map((axis): [string, readonly Split[]] => {
    const splits = schedule.split[axis]!;
    if (isLane(axis) || isPacked(axis, compute, places)) return [axis, splits];
    if (isReduced(axis)) return [axis, inner.has(axis) ? splits : []];
    const extent = extentOf(axis, schedule, compute);
    // Few channels stay together where lanes run along the reduction.
    if (lanesAlongReduction && tileOf(schedule, axis) === extent) return [axis, splits];
    const beside = lanesAlongReduction ? sumsBeside(axis) : vectors;
    const most = beside > 2 ? Math.max(1, Math.floor(SUMS / beside)) : PIXELS;
    const factor = Math.min(extent, choices["pixels"] ?? bestTile(extent, most));
    return [axis, [{ factor, kind: "unroll" }]];
  });
  return { ...schedule, split: Object.fromEntries(split) };
}

/** Whether constants lie in blocks of the axis' tile. */
function isPacked(axis: string, compute: Compute, places: Places): boolean {
  return allLoads(compute).some((load) => {
    if (load.kind !== "load" || !Object.hasOwn(places, load.source)) return false;
    const { block } = places[load.source]!;
    return block !== undefined && mentions(load.index[block.dim]!, axis);
  });
}

/** Of an axis after fusing. */
function extentOf(axis: string, { fuse }: Schedule, { axes, reduce }: Compute): number {
  const extents = extentsOf(axes, reduce);
  return (fuse?.[axis] ?? [axis]).reduce((product, one) => product * extents.get(one)!, 1);
}
