/** Runs a function as threads would: shares of the tiles of each stage in any order, each thread with scratch memory of its own. */
import { stagesOf, type Stage } from "../../compiler/loop/stages.js";
import type { KernelFunction } from "../../compiler/loop/stmt.js";
import type { Share } from "../../compiler/meaning/interpretStmt.js";
import type { Random } from "./random.js";

/** Copies of scratch memory. */
export const THREADS = 3;

/** The element address of every parameter for a thread. */
export type Addresses = (thread: number) => readonly number[];

/** Runs a share of a function's tiles with the addresses of a thread. */
export type RunShare = (addresses: readonly number[], share: Share) => void;

/** Every tile once, by threads that take turns; what a thread knows to be prepared it does not prepare again. */
export function runShares(
  code: KernelFunction,
  addresses: Addresses,
  random: Random,
  run: RunShare,
): void {
  const ran = Array.from({ length: THREADS }, () => -1);
  for (const stage of stagesOf(code))
    for (const [begin, end] of random.shuffle(sharesOf(stage, random))) {
      const thread = random.int(0, THREADS - 1);
      run(addresses(thread), [begin, end, ran[thread]!]);
      if (begin < end) ran[thread] = end - 1;
    }
}

/** [0, 5) => [0, 2), [2, 2), [2, 5) */
function sharesOf(stage: Stage, random: Random): (readonly [number, number])[] {
  const cuts = Array.from({ length: random.int(0, 4) }, () => random.int(stage.begin, stage.end));
  const ends = [...cuts, stage.end].sort((a, b) => a - b);
  return ends.map((end, i) => [ends[i - 1] ?? stage.begin, end]);
}
