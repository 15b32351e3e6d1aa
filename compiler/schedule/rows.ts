/** How rows of a matrix product are cut into register tiles, and what that costs. */

import type { Axis } from "../compute/ir.js";
import { decisionOf, type Candidate, type Decision } from "./decision.js";

/** Rows of a tile that uses all registers. */
export const FULL_TILE = 6;

/** How much of the machine a tile of so many rows uses, by the loads that it shares; measured roughly. */
const EFFICIENCY = [0, 0.2, 0.5, 0.7, 0.87, 0.94, 1, 1, 1];

/** What so many rows take in tiles of `factor`, in rows that run at full speed. */
function costOf(extent: number, factor: number): number {
  const rest = extent % factor;
  return (extent - rest) / EFFICIENCY[factor]! + (rest === 0 ? 0 : rest / EFFICIENCY[rest]!);
}

/** Why an axis is cut into tiles of a size: what all up to `most` take. */
export function tileDecision({ name, extent }: Axis, most: number, chosen: number): Decision {
  const sizes = Array.from({ length: Math.min(extent, most) }, (_, i) => i + 1);
  const costs = sizes.map((size): Candidate => [String(size), costOf(extent, size)]);
  return decisionOf(`tile along ${name}`, "pixels at full speed", costs, String(chosen));
}

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

/** The rows that would take as long at full speed, in tiles up to `most`. */
export function rowsCost(extent: number, most = FULL_TILE): number {
  return costOf(extent, bestTile(extent, most));
}
