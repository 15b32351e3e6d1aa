/** How an axis is cut into register tiles. */
import type { Axis, Expr } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";

/** How much of the machine a tile of so many pixels uses, by the loads that it shares; measured roughly. */
const EFFICIENCY = [0, 0.3, 0.5, 0.75, 0.93, 0.97, 1, 1, 1];

/** The tile up to `most` that makes the least of an extent's remainder: 14 => 5, 5, 4 and not 6, 6, 2. */
export function bestTile(extent: number, most: number): number {
  let best = 1;
  let least = Infinity;
  for (let factor = 1; factor <= Math.min(extent, most); factor++) {
    const cost = costOf(extent, factor);
    if (cost <= least) [best, least] = [factor, cost];
  }
  return best;
}

/** Of the best tile up to `most`, in elements of a tile that uses the whole machine. */
export function tileCost(extent: number, most: number): number {
  return costOf(extent, bestTile(extent, most));
}

function costOf(extent: number, factor: number): number {
  const rest = extent % factor;
  return (extent - rest) / EFFICIENCY[factor]! + (rest === 0 ? 0 : rest / EFFICIENCY[rest]!);
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
