/** Register tiles of few pixels, and of convolutions to few channels. */
import type { Axis, Compute, Expr } from "../../compute/ir.js";
import { exprMentions } from "../../compute/walk.js";
import { CHANNEL_VECTORS, LANES } from "./vectorAxis.js";

const PIXELS = 6;
/** There is no fused multiply-add of integers, and a product takes a register until it is added: 3×3, 56²: 64→64 is 1.2 times as fast as with 6. */
const INTEGER_PIXELS = 4;

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

/** Pixels of a tile by two vectors of channels. */
export function pixelsOf({ body }: Compute): number {
  return body.dtype === "f32" || isByteProduct(body) ? PIXELS : INTEGER_PIXELS;
}

/** A product that is added in the same instruction. */
export function isByteProduct(body: Expr): boolean {
  return body.kind === "binary" && (body.op === "sdot" || body.op === "usdot");
}
