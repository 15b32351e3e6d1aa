/** Runs a function as threads would: shares of its tiles in any order, each thread with scratch memory of its own. */
import type { KernelFunction } from "../../compiler/loop/stmt.js";
import { interpretStmt } from "../../compiler/meaning/interpretStmt.js";
import type { StmtMemory } from "../../compiler/meaning/stmtMemory.js";
import type { Random } from "./random.js";

/** Copies of scratch memory. */
export const THREADS = 3;

/** The element address of every parameter for a thread. */
export type Addresses = (thread: number) => readonly number[];

/** Every tile once; `rounding` as of `interpretStmt`. */
export function runShares(
  code: KernelFunction,
  memory: StmtMemory,
  addresses: Addresses,
  random: Random,
  rounding = false,
): void {
  for (const share of random.shuffle(sharesOf(code.tiles!, random)))
    interpretStmt(code, memory, addresses(random.int(0, THREADS - 1)), rounding, share);
}

/** [0, 5) => [0, 2), [2, 2), [2, 5) */
function sharesOf(tiles: number, random: Random): (readonly [number, number])[] {
  const cuts = Array.from({ length: random.int(0, 4) }, () => random.int(0, tiles));
  const ends = [...cuts, tiles].sort((a, b) => a - b);
  return ends.map((end, i) => [ends[i - 1] ?? 0, end]);
}
