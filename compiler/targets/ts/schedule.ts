/** Chooses schedules for scalar code: long loops where strides merge, small register tiles where operands are shared. */
import { allLoads, canFuse } from "../../kernel/lower/index.js";
import type { Axis, Compute, Kernel } from "../../kernel/ir.js";
import type { Place } from "../../kernel/place.js";
import type { Schedule, Split } from "../../kernel/schedule.js";

type Places = Readonly<Record<string, Place>>;

/** Accumulators of a tile: more would spill out of the sixteen scalar registers of x64. */
const CHANNEL_TILE = 2;
const PIXEL_TILE = 4;
/** Reduce axes up to this long in total are unrolled where each term is one multiply-add on few operands. */
const UNROLL_LIMIT = 9;

export function scheduleForTypeScript(compute: Compute, kernel: Kernel, places: Places): Schedule {
  const strides = targetStrides(compute, places);
  const output = [...compute.axes].sort((a, b) => strides(b.name) - strides(a.name));
  const fused = fuseLongest(output, compute, kernel, places);
  const reduce = orderReduce(compute, places);
  const split = compute.reduce.length === 0 ? {} : tileSplits(fused.axes, reduce, compute, strides);
  return {
    ...(fused.group === undefined ? {} : { fuse: { [fused.name]: fused.group } }),
    split,
    order: [...fused.axes, ...reduce].map((axis) => axis.name),
    lanes: 1,
  };
}

/** Elements between neighbours of an axis in the target. */
function targetStrides(compute: Compute, places: Places): (axis: string) => number {
  const place = Object.hasOwn(places, compute.target) ? places[compute.target] : undefined;
  const strides = new Map<string, number>();
  compute.index.forEach((index, d) => {
    for (const { of, coefficient } of index.terms) {
      if (typeof of === "string") strides.set(of, coefficient * (place?.strides[d] ?? 0));
    }
  });
  return (axis) => strides.get(axis) ?? 0;
}

interface Fused {
  readonly name: string;
  readonly group: readonly string[] | undefined;
  readonly axes: readonly Axis[];
}

/** The longest run of neighbouring loops that merge, preferring the innermost: pixels of a 1×1 convolution, or everything. */
function fuseLongest(
  output: readonly Axis[],
  compute: Compute,
  kernel: Kernel,
  places: Places,
): Fused {
  for (let length = output.length; length >= 2; length--) {
    for (let start = output.length - length; start >= 0; start--) {
      const group = output.slice(start, start + length);
      const names = group.map((axis) => axis.name);
      if (!canFuse(kernel, compute, places, names)) continue;
      const name = freeName(compute.reduce.length === 0 ? "i" : "m", [
        ...kernel.shared,
        ...compute.axes,
        ...compute.reduce,
      ]);
      const extent = group.reduce((product, axis) => product * axis.extent, 1);
      const axes = [...output.slice(0, start), { name, extent }, ...output.slice(start + length)];
      return { name, group: names, axes };
    }
  }
  return { name: "", group: undefined, axes: output };
}

function freeName(wanted: string, axes: readonly Axis[]): string {
  return axes.some((axis) => axis.name === wanted) ? freeName(`${wanted}f`, axes) : wanted;
}

/** Reduce axes by the strides of what the body reads, the densest innermost. */
function orderReduce(compute: Compute, places: Places): readonly Axis[] {
  const stride = new Map<string, number>();
  for (const load of allLoads(compute)) {
    if (load.kind !== "load" || load.source.startsWith("@")) continue;
    const place = Object.hasOwn(places, load.source) ? places[load.source] : undefined;
    load.index.forEach((index, d) => {
      for (const { of, coefficient } of index.terms) {
        if (typeof of !== "string") continue;
        const one = Math.abs(coefficient * (place?.strides[d] ?? 0));
        stride.set(of, Math.max(stride.get(of) ?? 0, one));
      }
    });
  }
  return [...compute.reduce].sort((a, b) => (stride.get(b.name) ?? 0) - (stride.get(a.name) ?? 0));
}

/** Channels by 2 and pixels by 4 where a load is shared along them; short windows unrolled. */
function tileSplits(
  output: readonly Axis[],
  reduce: readonly Axis[],
  compute: Compute,
  strides: (axis: string) => number,
): Record<string, readonly Split[]> {
  const splits: Record<string, readonly Split[]> = {};
  const unroll = (axis: Axis, factor: number): void => {
    if (factor > 1) splits[axis.name] = [{ factor, kind: "unroll" }];
  };
  const inner = output.at(-1);
  const pixels = [...output].reverse().find((axis) => axis !== inner && axis.extent > 1);
  if (inner !== undefined)
    unroll(inner, bestTile(inner.extent, strides(inner.name) === 1 ? CHANNEL_TILE : PIXEL_TILE));
  if (pixels !== undefined) unroll(pixels, bestTile(pixels.extent, PIXEL_TILE));
  let left = UNROLL_LIMIT;
  for (const axis of [...reduce].reverse()) {
    if (axis.extent > left || isLong(compute, axis)) break;
    unroll(axis, axis.extent);
    left = Math.floor(left / axis.extent);
  }
  return splits;
}

/** A factor up to `most` that divides the extent if one near it does, so that remainders stay rare. */
function bestTile(extent: number, most: number): number {
  if (extent <= most) return extent;
  for (let factor = most; factor > most / 2; factor--) if (extent % factor === 0) return factor;
  return most;
}

/** Channels stay a loop: only windows are unrolled. */
function isLong(compute: Compute, axis: Axis): boolean {
  return axis.extent > UNROLL_LIMIT || (compute.reduce.length > 1 && !axis.name.startsWith("k"));
}
