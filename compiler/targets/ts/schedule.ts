/** Chooses schedules for scalar code: long loops where strides merge, small register tiles where operands are shared. */
import { exprMentions } from "../../compute/walk.js";
import type { Places } from "../../place/place.js";
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import type { Decide } from "../../schedule/decision.js";
import type { Schedule, Split } from "../../schedule/schedule.js";
import {
  bodyLoads,
  fuseLongest,
  fusionOf,
  orderReduce,
  targetStrides,
  type Fused,
} from "../../schedule/loops.js";
import type { Choices } from "../variant.js";
import { weightSources } from "../../compute/loads.js";
import { elementCount } from "../../base/tensor.js";
import { foldedSchedule, tableAxes } from "../../schedule/tables.js";
import { chooseTile } from "./tile.js";

/** Reduce axes up to this long in total are unrolled. */
const UNROLL_LIMIT = 9;
/** Weights of so many bytes stay in the second-level cache while pixels go by. */
const CACHED_WEIGHTS = 256 * 1024;

/** What the cost model may have wrong: accumulators of a tile, steps unrolled, and weights that stay in the cache. */
export const ALTERNATIVES: readonly (readonly Choices[])[] = [
  [1, 2, 3, 4, 6, 12, 16].map((accumulators) => ({ accumulators })),
  [1, 3, 27, 49].map((unrolled) => ({ unrolled })),
  [0, Infinity].map((cachedWeights) => ({ cachedWeights })),
];

export function scheduleForTypeScript(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  choices: Choices = {},
  decide?: Decide,
): Schedule {
  const strides = targetStrides(compute, places);
  const output = [...compute.axes].sort((a, b) => strides(b.name) - strides(a.name));
  const folded = tableAxes(compute, kernel);
  if (folded !== undefined) {
    const merged = fuseLongest(output, undefined, compute, kernel, places, folded);
    return foldedSchedule(merged, compute, folded, undefined, { lanes: 1, vectors: 1 });
  }
  const fused = orderOutput(
    fuseLongest(output, undefined, compute, kernel, places),
    compute,
    kernel,
    choices["cachedWeights"] ?? CACHED_WEIGHTS,
  );
  const reduce = orderReduce(compute, kernel, places);
  const split =
    compute.reduce.length === 0 ? {} : tileSplits(fused, reduce, compute, choices, decide);
  return {
    ...fusionOf(fused),
    split,
    order: [...fused.axes, ...reduce].map((axis) => axis.name),
    lanes: 1,
  };
}

/**
 * Loops over channels, which only the weights follow, go inside those over pixels where the weights stay in
 * the cache: what a tile of pixels reads is then read for all channels at once.
 */
function orderOutput(fused: Fused, compute: Compute, kernel: Kernel, cached: number): Fused {
  const loads = bodyLoads(compute);
  const readBy = (axis: Axis, load: (typeof loads)[number]): boolean => {
    const names = axis.name === fused.name ? fused.group! : [axis.name];
    return names.some((name) => exprMentions(load, name));
  };
  const weights = weightSources(kernel);
  const isChannel = (axis: Axis): boolean =>
    loads.some((load) => readBy(axis, load)) &&
    loads.every((load) => weights.has(load.source) || !readBy(axis, load));
  const bytes = kernel.inputs.reduce(
    (sum, { constant, type }) => sum + (constant === true ? 4 * elementCount(type.dims) : 0),
    0,
  );
  if (compute.reduce.length === 0 || bytes > cached) return fused;
  const channels = fused.axes.filter(isChannel);
  return { ...fused, axes: [...fused.axes.filter((axis) => !isChannel(axis)), ...channels] };
}

/** A register tile of outputs; short reduce loops, from the innermost out, unrolled. */
function tileSplits(
  { axes, name, group }: Fused,
  reduce: readonly Axis[],
  compute: Compute,
  choices: Choices,
  decide: Decide | undefined,
): Record<string, readonly Split[]> {
  const splits: Record<string, readonly Split[]> = {};
  const unroll = (axis: string, factor: number): void => {
    if (factor > 1) splits[axis] = [{ factor, kind: "unroll" }];
  };
  const unrolled: Axis[] = [];
  let left = choices["unrolled"] ?? UNROLL_LIMIT;
  for (const axis of [...reduce].reverse()) {
    if (axis.extent > left) break;
    unroll(axis.name, axis.extent);
    unrolled.push(axis);
    left = Math.floor(left / axis.extent);
  }
  const output = axes.map((axis) => ({
    ...axis,
    moves: axis.name === name ? group!.at(-1)! : axis.name,
  }));
  const tile = chooseTile(compute, output, unrolled, choices["accumulators"], decide);
  for (const [axis, factor] of tile) unroll(axis, factor);
  return splits;
}
