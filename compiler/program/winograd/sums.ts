/** What products are summed up along: all of it, or one part after the other, each for all output channels. */
import { addIndex, axisIndex, scaleIndex } from "../../compute/affine.js";
import type { Axis, Index } from "../../compute/ir.js";
import { summedAxis } from "./integers.js";
import type { Windowed } from "./window.js";

/**
 * Bytes of a part, of all tiles of a block and of the weights of a block of output channels, that leave the tiles in a
 * first-level cache of 32 KB for the next weights, of which each goes by once: with 14 KB parts gain nothing, with 21.5
 * they take 0.79 of the time.
 */
const NEAR = 20 * 1024;
/** Steps of a shorter part would be less than what its sums cost. */
const FEWEST = 64;

/** What the axis of parts is called. */
export const PART = "part";

export interface SumAxes {
  /** Where there are several. */
  readonly part: readonly Axis[];
  readonly within: Axis;
  /** The place in the whole. */
  readonly place: Index;
}

/** How many parts, of so many tiles in a block and channels in one. */
export function partsOf(windowed: Windowed, tiles: number, channels: number): number {
  const { extent } = summedAxis(windowed);
  const most = NEAR / (4 * (tiles + channels));
  for (let parts = 1; extent / parts >= FEWEST; parts++)
    if (extent % parts === 0 && extent / parts <= most) return parts;
  return 1;
}

export function sumAxes(windowed: Windowed, parts: number): SumAxes {
  const { name, extent } = summedAxis(windowed);
  const within = { name, extent: extent / parts };
  if (parts === 1) return { part: [], within, place: axisIndex(within) };
  const part = { name: PART, extent: parts };
  return {
    part: [part],
    within,
    place: addIndex(scaleIndex(axisIndex(part), within.extent), axisIndex(within)),
  };
}
