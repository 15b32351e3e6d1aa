/**
 * Chooses schedules for sums of products of narrow integers: eight lanes along the sum, so that activations and weights
 * are read as they lie, and one instruction multiplies and adds up eight pairs.
 */
import type { Axis, Compute, Expr, Kernel } from "../../compute/ir.js";
import { constantSources } from "../../compute/loads.js";
import { exprMentions } from "../../compute/walk.js";
import { bytesOf, storageOf } from "../../loop/storage.js";
import { laneStride } from "../../place/access.js";
import { accessesOf } from "../../place/accesses.js";
import type { Places } from "../../place/place.js";
import {
  bodyLoads,
  fuseLongest,
  fusionOf,
  isWhole,
  mergeInnermost,
  orderReduce,
  targetStrides,
  type Fused,
  type Merged,
} from "../../schedule/loops.js";
import type { Decide } from "../../schedule/decision.js";
import { bestTile } from "../../schedule/rows.js";
import type { Schedule, Split } from "../../schedule/schedule.js";
import type { Choices } from "../variant.js";
import { HALF_LANES } from "./halfLanes.js";
import { orderOutput } from "./outputOrder.js";

/** Channels of a tile: their sums are folded together into one vector. */
const CHANNELS = 4;
/** Pixels of a tile: with more, sums and what they read leave the registers. */
const PIXELS = 2;
/** Channels where there is one pixel. */
const ROW_CHANNELS = 8;
/** Vectors of a step: counting costs nothing beside what they take. */
const STEPS = 1;
/** The same where axes are merged, of which few are in a loop. */
const MERGED_STEPS = 4;

/** Undefined where there is no such sum, or its factors do not lie one after the other along it. */
export function dotSchedule(
  compute: Compute,
  kernel: Kernel,
  places: Places,
  choices: Choices,
  decide?: Decide,
): Schedule | undefined {
  if (!isNarrowProduct(compute, kernel)) return undefined;
  const merged = mergedAxis(compute, kernel, places);
  const along = merged?.axis ?? dotAxis(compute, kernel, places);
  if (along === undefined) return undefined;
  decide?.({
    what: "products",
    chosen: `two by two, along ${merged?.group.join("·") ?? along.name}`,
    candidates: [],
    because: "16 bits hold each factor, and both lie one after the other along it",
  });
  const strides = targetStrides(compute, places);
  const loads = bodyLoads(compute);
  const channels = compute.axes.find(
    ({ name }) => strides(name) === 1 && !loads.every((load) => exprMentions(load, name)),
  );
  const sorted = [...compute.axes].sort((a, b) => strides(b.name) - strides(a.name));
  const fused = fuseLongest(sorted, channels, compute, kernel, places);
  const packed = constantSources(kernel);
  const output = orderOutput(fused, channels, compute, kernel, packed, choices, decide);
  const reduce =
    merged === undefined
      ? orderReduce(compute, kernel, places, along)
      : [...merged.outside, merged.axis];
  const pixels = [...output].reverse().find((axis) => axis !== channels && axis.extent > 1);
  const split: Record<string, readonly Split[]> = {};
  const tile = ({ name, extent }: Axis, most: number): void => {
    const factor = Math.min(extent, most);
    if (factor > 1) split[name] = [{ factor, kind: "unroll" }];
  };
  if (channels !== undefined)
    tile(channels, choices["vectors"] ?? (pixels === undefined ? ROW_CHANNELS : CHANNELS));
  if (pixels !== undefined) tile(pixels, choices["pixels"] ?? bestTile(pixels.extent, PIXELS));
  const steps = Math.min(
    choices["steps"] ?? (merged === undefined ? STEPS : MERGED_STEPS),
    Math.floor(along.extent / HALF_LANES),
  );
  split[along.name] = [
    ...(steps > 1 ? ([{ factor: steps, kind: "unroll" }] as const) : []),
    { factor: HALF_LANES, kind: "vector" },
  ];
  return {
    ...fusionsOf(fused, merged),
    split,
    order: [...output, ...reduce].map(({ name }) => name),
    lanes: HALF_LANES,
    dots: true,
  };
}

/** What a schedule says of axes that are one, outputs and summed up. */
function fusionsOf(fused: Fused, merged: Merged | undefined): Pick<Schedule, "fuse"> {
  if (merged === undefined) return fusionOf(fused);
  return { fuse: { ...fusionOf(fused).fuse, [merged.axis.name]: merged.group } };
}

/**
 * The innermost axes of a sum as one, where few channels lie side by side with the columns of a window: vectors along
 * 7 × 3 are better filled than those along 3.
 */
function mergedAxis(compute: Compute, kernel: Kernel, places: Places): Merged | undefined {
  const last = orderReduce(compute, kernel, places).findLast(({ extent }) => extent > 1);
  if (last === undefined || last.extent % HALF_LANES === 0) return undefined;
  return isWhole(compute, kernel, places, last)
    ? mergeInnermost(compute, kernel, places, HALF_LANES)
    : undefined;
}

/** Whether both factors are read from fewer bits, less a number at most. */
function isNarrowProduct({ reduce, combine, body }: Compute, { inputs }: Kernel): boolean {
  if (reduce.length === 0 || combine !== "sum") return false;
  if (body.kind !== "binary" || body.op !== "mul" || body.dtype !== "i32") return false;
  const bytesOfSource = (source: string): number => {
    const input = inputs.find(({ name }) => name === source);
    return input === undefined ? 4 : bytesOf(storageOf(input.type.dtype));
  };
  const isNarrow = (factor: Expr): boolean => {
    if (factor.kind === "load") return bytesOfSource(factor.source) < 4;
    if (factor.kind !== "binary" || factor.op !== "sub") return false;
    const { left, right } = factor;
    // Of 16 bits a difference may have 17.
    const isByte = left.kind === "load" && bytesOfSource(left.source) === 1;
    return isByte && right.kind === "constant" && Math.abs(right.value) < 2 ** 14;
  };
  return isNarrow(body.left) && isNarrow(body.right);
}

/** A reduce axis of whole vectors along which both factors lie one after the other, weights after they are packed. */
function dotAxis(compute: Compute, kernel: Kernel, places: Places): Axis | undefined {
  const accesses = accessesOf(kernel, compute, places);
  const packed = constantSources(kernel);
  const loads = bodyLoads(compute);
  return [...compute.reduce].reverse().find(({ name, extent }) => {
    if (extent < HALF_LANES) return false;
    return loads.every((load) => {
      const terms = load.index.flatMap((index) => index.terms.filter(({ of }) => of === name));
      if (packed.has(load.source)) return terms.length === 1 && terms[0]!.coefficient === 1;
      const access = accesses.access(load);
      return access !== undefined && laneStride(access, name) === 1;
    });
  });
}
