/** The order of loops over what a kernel writes: what is read again and again stays in a cache. */
import { elementCount } from "../../base/tensor.js";
import type { Axis, Compute, Kernel } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import { bytesOf, storageOf } from "../../loop/storage.js";
import { decisionOf, type Decide } from "../../schedule/decision.js";
import { bodyLoads, type Fused } from "../../schedule/loops.js";
import type { Choices } from "../variant.js";
import { CHANNEL_VECTORS, LANES } from "./vectorAxis.js";

/** So many bytes stay in the second-level cache while others go by. */
export const CACHED = 256 * 1024;
/**
 * So many bytes of weights still are read faster for every row than an input that does not stay for every block:
 * 1×1, 28², 512→256 by 1.08; those of 1×1, 14², 1024→2048 are not.
 */
export const STREAMED = 768 * 1024;

const [CHANNELS_INSIDE, PIXELS_INSIDE] = ["all channels for a row", "all pixels for some channels"];

/**
 * Loops from the outermost in. A reduction runs over the pixels for one block of channels, whose weights stay
 * in the cache; where all weights do, only over the innermost pixels, so that the input stays there too.
 */
export function orderOutput(
  fused: Pick<Fused, "name" | "group" | "axes">,
  lane: Axis | undefined,
  compute: Compute,
  kernel: Kernel,
  packed: ReadonlySet<string>,
  { joined = 1, pixelsOutside: outside }: Choices,
  decide?: Decide,
): readonly Axis[] {
  const { axes } = fused;
  if (compute.reduce.length === 0 || lane === undefined || !axes.includes(lane)) return axes;
  const others = axes.filter((axis) => axis !== lane);
  const loads = bodyLoads(compute);
  const ofWeights = (axis: Axis): boolean => weightsAlong(axis, fused, compute, packed);
  const [outer, pixels] = [others.filter(ofWeights), others.filter((axis) => !ofWeights(axis))];
  // Nothing is read again for other channels of a depthwise layer: in the order of addresses every cache line
  // is fetched once (3×3 s2, 112²×96: 23 GFLOP/s instead of 14, 112²×32: 28 instead of 21).
  const reread = loads.some((load) => !exprMentions(load, lane.name));
  if (!reread) return [...outer, ...pixels, lane];
  const rows = pixels.slice(0, -1).reduce((product, { extent }) => product * extent, 1);
  const blocks = Math.ceil(lane.extent / (LANES * CHANNEL_VECTORS * joined));
  const { weights: ofAll, input } = bytesRead(compute, kernel, packed);
  // Weights that do not stay are read again for every row of pixels, an input that does not for every block.
  const cheaper = input > CACHED && ofAll <= STREAMED && ofAll * rows < input * blocks;
  const pixelsOutside = outside === undefined ? ofAll <= CACHED || cheaper : outside === 1;
  decide?.(
    decisionOf(
      "order of loops",
      "bytes read again",
      [
        [CHANNELS_INSIDE, ofAll * rows],
        [PIXELS_INSIDE, input * blocks],
      ],
      pixelsOutside ? CHANNELS_INSIDE : PIXELS_INSIDE,
      `weights are ${ofAll} bytes, and stay up to ${CACHED}; more than ${STREAMED} are read no more often than they must`,
    ),
  );
  if (!pixelsOutside) return [...outer, lane, ...pixels];
  return [...pixels.slice(0, -1), ...outer, lane, ...pixels.slice(-1)];
}

/** Whether weights differ along an axis of a loop. */
export function weightsAlong(
  { name }: Axis,
  { name: merged, group = [] }: Pick<Fused, "name" | "group">,
  compute: Compute,
  packed: ReadonlySet<string>,
): boolean {
  const names = name === merged ? group : [name];
  return bodyLoads(compute).some(
    (load) => packed.has(load.source) && names.some((one) => exprMentions(load, one)),
  );
}

/** Bytes that the terms of a reduction read: of weights, and of all else. */
export function bytesRead(
  compute: Compute,
  kernel: Kernel,
  packed: ReadonlySet<string>,
): { readonly weights: number; readonly input: number } {
  const loads = bodyLoads(compute);
  const bytesIn = (wanted: boolean): number =>
    kernel.inputs
      .filter(({ name }) => packed.has(name) === wanted && loads.some((one) => one.source === name))
      .reduce((sum, { type }) => sum + bytesOf(storageOf(type.dtype)) * elementCount(type.dims), 0);
  return { weights: bytesIn(true), input: bytesIn(false) };
}
