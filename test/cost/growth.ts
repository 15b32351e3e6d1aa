/** How much more twice the work takes, measured so that a busy machine does not decide it. */
import { processorMs } from "../support/timeLimits.js";

/** Twice the work takes at most this many times the time and memory: n log n and some noise. */
export const MOST_GROWTH = 2.3;

/** How many times as large the larger of two works is: two doublings, of which each has half of the noise. */
const TIMES = 4;

const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 40;

/** Makes work of a size that is then done as often as one likes. */
export type WorkOf = (size: number) => () => unknown;

/**
 * How many times as long twice the work takes, up to a size. By the best of some runs of more and less work, by turns,
 * after one that nobody times; there are more runs as long as the growth looks too large.
 */
export async function timeGrowth(workOf: WorkOf, size: number): Promise<number> {
  const [smaller, larger] = [workOf(size / TIMES), workOf(size)];
  await larger();
  let [small, large, growth] = [Infinity, Infinity, Infinity];
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    large = Math.min(large, await processorMs(larger));
    small = Math.min(small, await processorMs(smaller));
    growth = perDoubling(large / small);
    if (round >= LEAST_ROUNDS && growth <= MOST_GROWTH) break;
  }
  return growth;
}

/** How many times as much memory twice the work takes, up to a size. */
export async function memoryGrowth(workOf: WorkOf, size: number): Promise<number> {
  const [smaller, larger] = [workOf(size / TIMES), workOf(size)];
  await smaller();
  const small = await allocatedBytes(smaller);
  return perDoubling((await allocatedBytes(larger)) / small);
}

function perDoubling(ratio: number): number {
  return ratio ** (1 / Math.log2(TIMES));
}

/** What is allocated meanwhile: no more than young objects have room for. */
async function allocatedBytes(run: () => unknown): Promise<number> {
  globalThis.gc!();
  const before = process.memoryUsage();
  await run();
  const after = process.memoryUsage();
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
}
