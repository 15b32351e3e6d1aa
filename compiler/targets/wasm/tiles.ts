/** How an axis is cut into register tiles. */

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
