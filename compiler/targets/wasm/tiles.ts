/** How an axis is cut into register tiles. */
import type { Axis, Expr } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import { CHANNEL_VECTORS, LANES } from "./vectorAxis.js";

/** How much of the machine a tile of so many pixels uses, by the loads that it shares; measured roughly. */
const EFFICIENCY = [0, 0.3, 0.5, 0.75, 0.93, 0.97, 1, 1, 1];

/** The tile up to `most` that makes the least of an extent's remainder: 14 => 5, 5, 4 and not 6, 6, 2. */
export function bestTile(extent: number, most: number): number {
  let best = 1;
  let least = Infinity;
  for (let factor = 1; factor <= Math.min(extent, most); factor++) {
    const rest = extent % factor;
    const cost =
      (extent - rest) / EFFICIENCY[factor]! + (rest === 0 ? 0 : rest / EFFICIENCY[rest]!);
    if (cost <= least) [best, least] = [factor, cost];
  }
  return best;
}

/** Of so many pixels four accumulators would wait for each other: 4096×9216 halves are read at 22 GB/s, with eight at 26. */
const FEW_PIXELS = 2;

/** Vectors of channels in a tile: twice as many for few pixels, where packing hardly fills up more. */
export function channelVectors(pixels: Axis, { extent }: Axis): number {
  const more = 2 * CHANNEL_VECTORS;
  const filled = more * LANES * Math.ceil(extent / (more * LANES));
  return pixels.extent <= FEW_PIXELS && 8 * filled <= 9 * extent ? more : CHANNEL_VECTORS;
}

/**
 * Where lanes run along a reduction, up to so many channels are in a tile together, with so many accumulators (twelve
 * and what they read leave the registers) and vectors a step: 7×7, 128², 32→3: 61 GFLOP/s, one by one 33.
 */
const MOST_CHANNELS = 4;
const ACCUMULATORS = 9;
const VECTORS = 2;

interface FewChannels {
  readonly channels: Axis;
  readonly pixels: number;
  readonly vectors: number;
}

/** The tile of a convolution to few channels: what its pixels read serves each of them. Undefined for all else. */
export function fewChannels(
  output: readonly Axis[],
  pixels: Axis | undefined,
  loads: readonly Expr[],
): FewChannels | undefined {
  const channels = output.find((axis) => {
    if (axis === pixels || axis.extent === 1 || axis.extent > MOST_CHANNELS) return false;
    const reading = loads.filter((load) => exprMentions(load, axis.name));
    return reading.length > 0 && reading.length < loads.length;
  });
  if (channels === undefined) return undefined;
  return { channels, pixels: Math.floor(ACCUMULATORS / channels.extent), vectors: VECTORS };
}
