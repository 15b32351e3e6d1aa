/** The register tile of a convolution to few channels. */
import type { Axis, Expr } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";

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
