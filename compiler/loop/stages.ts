/** The stages of a function with tiles: what threads run between two barriers. */
import { costOf } from "./cost.js";
import type { KernelFunction } from "./stmt.js";

export interface Stage {
  /** Tiles. */
  readonly begin: number;
  readonly end: number;
  /** In statements that run. */
  readonly cost: number;
}

/** One after the other; one of all tiles where the function has none. */
export function stagesOf({ tiles = 0, stages = [], body }: KernelFunction): readonly Stage[] {
  return [0, ...stages].map((begin, i) => {
    const end = stages[i] ?? tiles;
    const costs = body.map((stmt) => {
      const first = stmt.kind === "for" ? stmt.tiles?.first : undefined;
      return first !== undefined && first >= begin && first < end ? costOf(stmt) : 0;
    });
    return { begin, end, cost: costs.reduce((sum, cost) => sum + cost, 0) };
  });
}
