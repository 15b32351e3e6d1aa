/** What schedules of all targets begin with: strides of axes, and neighbouring loops that merge. */
import { allLoads, weightSources } from "../compute/loads.js";
import { axesInScope } from "../compute/scan.js";
import { laneStride } from "../place/access.js";
import { accessesOf, canMerge } from "../place/accesses.js";
import type { Axis, Compute, Expr, Kernel } from "../compute/ir.js";
import type { Places } from "../place/place.js";
import type { Schedule } from "./schedule.js";

/** Elements between neighbours of an axis in the target. */
export function targetStrides(compute: Compute, places: Places): (axis: string) => number {
  const place = Object.hasOwn(places, compute.target) ? places[compute.target] : undefined;
  const strides = new Map<string, number>();
  compute.index.forEach((index, d) => {
    for (const { of, coefficient } of index.terms) {
      if (typeof of === "string") strides.set(of, coefficient * (place?.strides[d] ?? 0));
    }
  });
  return (axis) => strides.get(axis) ?? 0;
}

/** Loads and indices that every term of a reduction evaluates; of a map, those of its body. */
export function bodyReads({ target, axes, reduce, body, index }: Compute): readonly Expr[] {
  return allLoads({ target, axes, reduce, body, index });
}

export function bodyLoads(compute: Compute): readonly Extract<Expr, { kind: "load" }>[] {
  return bodyReads(compute).filter((read) => read.kind === "load");
}

/** Reduce axes by the strides of what the body reads, the densest innermost; a vector axis is the innermost. */
export function orderReduce(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  vector?: Axis | undefined,
): readonly Axis[] {
  const stride = new Map<string, number>();
  const weights = weightSources(kernel);
  for (const load of bodyLoads(compute)) {
    if (weights.has(load.source)) continue;
    const place = Object.hasOwn(places, load.source) ? places[load.source] : undefined;
    load.index.forEach((index, d) => {
      for (const { of, coefficient } of index.terms) {
        if (typeof of !== "string") continue;
        const one = Math.abs(coefficient * (place?.strides[d] ?? 0));
        stride.set(of, Math.max(stride.get(of) ?? 0, one));
      }
    });
  }
  const key = (axis: Axis): number => (axis === vector ? -1 : (stride.get(axis.name) ?? 0));
  return [...compute.reduce].sort((a, b) => key(b) - key(a));
}

/** Reduce axes as one. */
export interface Merged {
  /** All of the group. */
  readonly axis: Axis;
  readonly group: readonly string[];
  /** Those that are not in it, outermost first. */
  readonly outside: readonly Axis[];
}

/** The longest run of innermost reduce axes that lies evenly, of so many elements at least; undefined where two do not. */
export function mergeInnermost(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  fewest: number,
): Merged | undefined {
  const ordered = orderReduce(compute, kernel, places);
  const sorted = ordered.filter(({ extent }) => extent > 1);
  for (let count = sorted.length; count >= 2; count--) {
    const inside = sorted.slice(-count);
    const group = inside.map(({ name }) => name);
    const extent = inside.reduce((product, axis) => product * axis.extent, 1);
    if (extent < fewest || !canMerge(kernel, compute, places, group)) continue;
    const outside = ordered.filter((axis) => !inside.includes(axis));
    return { axis: { name: freeName("k", axesInScope(kernel, compute)), extent }, group, outside };
  }
  return undefined;
}

/** Whether all that a body reads lies one after the other along an axis. */
export function isWhole(compute: Compute, kernel: Kernel, places: Places, { name }: Axis): boolean {
  const accesses = accessesOf(kernel, compute, places);
  return bodyLoads(compute).every((load) => {
    const access = accesses.access(load);
    return access !== undefined && laneStride(access, name) === 1;
  });
}

export interface Fused {
  readonly name: string;
  readonly group: readonly string[] | undefined;
  readonly axes: readonly Axis[];
  readonly vector: Axis | undefined;
}

/** The longest run of neighbouring loops that merge, those `apart` left out; the vector axis ends a run of a map and stays out of a reduction's. */
export function fuseLongest(
  output: readonly Axis[],
  vector: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
  places: Places,
  apart: ReadonlySet<string> = new Set(),
): Fused {
  const reducing = compute.reduce.length > 0;
  const free = output.filter(({ name }) => !apart.has(name));
  const candidates = reducing ? free.filter((axis) => axis !== vector) : free;
  for (let length = candidates.length; length >= 2; length--) {
    for (let start = candidates.length - length; start >= 0; start--) {
      const group = candidates.slice(start, start + length);
      if (vector !== undefined && group.includes(vector) && group.at(-1) !== vector) continue;
      const names = group.map((axis) => axis.name);
      if (canMerge(kernel, compute, places, names))
        return fuseGroup(output, group, vector, compute, kernel);
    }
  }
  return { name: "", group: undefined, axes: output, vector };
}

/** The loops with some of them as one, in the place of the innermost. */
export function fuseGroup(
  output: readonly Axis[],
  group: readonly Axis[],
  vector: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
): Fused {
  const name = freeName(compute.reduce.length > 0 ? "m" : "i", axesInScope(kernel, compute));
  const extent = group.reduce((product, axis) => product * axis.extent, 1);
  const axis = { name, extent };
  const axes = output.flatMap((one) =>
    one === group.at(-1) ? [axis] : group.includes(one) ? [] : [one],
  );
  const inGroup = vector !== undefined && group.includes(vector);
  return { name, group: group.map((one) => one.name), axes, vector: inGroup ? axis : vector };
}

/** What a schedule says of it. */
export function fusionOf({ name, group }: Fused): Pick<Schedule, "fuse"> {
  return group === undefined ? {} : { fuse: { [name]: group } };
}

function freeName(wanted: string, axes: readonly Axis[]): string {
  return axes.some((axis) => axis.name === wanted) ? freeName(`${wanted}f`, axes) : wanted;
}
