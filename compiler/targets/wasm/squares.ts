/** Finds the axis whose unrolled copies make squares with the lanes, so that whole vectors go where lanes lie apart. */
import { allLoads } from "../../compute/loads.js";
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import { laneStride, type Access } from "../../place/access.js";
import { accessResolver } from "../../place/accesses.js";
import type { Places } from "../../place/place.js";
import { bodyReads, fusionOf, type Fused } from "../../schedule/loops.js";

/** Copies in a row: vectors of 16 elements are the lines of a cache, which are then read and written whole. */
const ROW = 16;
/** Where rows lie a multiple of 4 KiB apart they share the ways of one set of the first-level cache. */
const ALIASED = 1024;
const ALIASED_ROW = 8;

/** Whether vectors along one axis can be taken whole along another, of which there are several. */
export function turnsTo(access: Access, lanes: string, axis: Axis): boolean {
  if (axis.name === lanes || axis.extent < 2) return false;
  if (access.guards.length > 0 || access.blocked !== undefined) return false;
  const stride = laneStride(access, lanes);
  return stride !== undefined && stride > 1 && laneStride(access, axis.name) === 1;
}

export interface Squares {
  readonly axis: Axis;
  /** Copies that a map makes at once. */
  readonly row: number;
  /** Of the loops of a map: those that make squares inside, so that lines that are begun are soon whole. */
  readonly order: readonly Axis[];
}

/**
 * The output axis along which what lies apart along the lanes lies together: the target, and loads outside of
 * reductions. Undefined where there is none.
 */
export function squareOf(
  fused: Fused,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Squares | undefined {
  const { axes, vector: lane } = fused;
  if (lane === undefined || !axes.includes(lane)) return undefined;
  const resolve = accessResolver(kernel, places);
  const inTerms = compute.reduce.length === 0 ? [] : bodyReads(compute);
  const loads = allLoads(compute).flatMap((load) =>
    load.kind === "load" && !inTerms.includes(load) && Object.hasOwn(places, load.source)
      ? [load]
      : [],
  );
  const target = Object.hasOwn(places, compute.target) ? (["target"] as const) : [];
  const accesses = [...target, ...loads].map((one) => resolve(compute, fusionOf(fused).fuse, one));
  const countOf = (axis: Axis): number =>
    accesses.filter((access) => turnsTo(access, lane.name, axis)).length;
  const axis = axes.reduce((most, one) => (countOf(one) > countOf(most) ? one : most));
  if (countOf(axis) === 0) return undefined;
  const aliased = accesses.some((access) => {
    const stride = laneStride(access, axis.name) ?? 0;
    return stride > 0 && stride % ALIASED === 0;
  });
  const others = axes.filter((one) => one !== lane && one !== axis);
  const row = Math.min(axis.extent, aliased ? ALIASED_ROW : ROW);
  return { axis, row, order: [...others, axis, lane] };
}
