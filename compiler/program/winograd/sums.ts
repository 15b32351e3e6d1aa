/** What products are summed up along: all of it, or one part after the other, each for all output channels. */
import { addIndex, axisIndex, scaleIndex } from "../../compute/affine.js";
import type { Axis, Index } from "../../compute/ir.js";
import { summedAxis } from "./integers.js";
import type { Windowed } from "./window.js";

/** What the axis of parts is called. */
export const PART = "part";

export interface SumAxes {
  /** Where there are several. */
  readonly part: readonly Axis[];
  readonly within: Axis;
  /** The place in the whole. */
  readonly place: Index;
}

/** A divisor of what is summed up along is how many parts there are. */
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
