/** What schedules of all targets begin with: strides of output axes, and neighbouring loops that merge. */
import { canFuse } from "../kernel/lower/index.js";
import type { Axis, Compute, Kernel } from "../kernel/ir.js";
import type { Place } from "../kernel/place.js";

export type Places = Readonly<Record<string, Place>>;

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

export interface Fused {
  readonly name: string;
  readonly group: readonly string[] | undefined;
  readonly axes: readonly Axis[];
  readonly vector: Axis | undefined;
}

/** The longest run of neighbouring loops that merge; the vector axis ends a run of a map and stays out of a reduction's. */
export function fuseLongest(
  output: readonly Axis[],
  vector: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Fused {
  const reducing = compute.reduce.length > 0;
  const candidates = reducing ? output.filter((axis) => axis !== vector) : output;
  for (let length = candidates.length; length >= 2; length--) {
    for (let start = candidates.length - length; start >= 0; start--) {
      const group = candidates.slice(start, start + length);
      if (vector !== undefined && group.includes(vector) && group.at(-1) !== vector) continue;
      const names = group.map((axis) => axis.name);
      if (!canFuse(kernel, compute, places, names)) continue;
      const all = [...kernel.shared, ...compute.axes, ...compute.reduce];
      const name = freeName(reducing ? "m" : "i", all);
      const extent = group.reduce((product, axis) => product * axis.extent, 1);
      const axis = { name, extent };
      const axes = output.flatMap((one) =>
        one === group.at(-1) ? [axis] : group.includes(one) ? [] : [one],
      );
      const inGroup = vector !== undefined && group.includes(vector);
      return { name, group: names, axes, vector: inGroup ? axis : vector };
    }
  }
  return { name: "", group: undefined, axes: output, vector };
}

function freeName(wanted: string, axes: readonly Axis[]): string {
  return axes.some((axis) => axis.name === wanted) ? freeName(`${wanted}f`, axes) : wanted;
}
