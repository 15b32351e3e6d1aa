/** Schedules for a compiler that knows its machine better than we do: long loops, and four sums side by side. */
import type { Compute, Kernel } from "../../../compiler/compute/ir.js";
import type { Places } from "../../../compiler/place/place.js";
import {
  fuseLongest,
  fusionOf,
  orderReduce,
  targetStrides,
} from "../../../compiler/schedule/loops.js";
import type { Schedule } from "../../../compiler/schedule/schedule.js";

const SUMS = 4;

export function scheduleForC(compute: Compute, kernel: Kernel, places: Places): Schedule {
  const strides = targetStrides(compute, places);
  const sorted = [...compute.axes].sort((a, b) => strides(b.name) - strides(a.name));
  const fused = fuseLongest(sorted, undefined, compute, kernel, places);
  const reduce = orderReduce(compute, kernel, places);
  const innermost = fused.axes.filter(({ extent }) => extent > 1).at(-1);
  const tiled = compute.reduce.length > 0 && innermost !== undefined;
  const factor = Math.min(SUMS, innermost?.extent ?? 1);
  return {
    ...fusionOf(fused),
    split: tiled ? { [innermost.name]: [{ factor, kind: "unroll" }] } : {},
    order: [...fused.axes, ...reduce].map(({ name }) => name),
    lanes: 1,
  };
}
