/** Where in the memory threads find each other: the words of a run, and for each phase what is taken and done. */

const CACHE_LINE = 64;

/** Bytes from the beginning of the control block; each word has a cache line of its own. */
export const CONTROL = {
  /** Counts the runs; threads wait for it to change. */
  epoch: 0,
  /** Threads that sleep until it does. */
  parked: 64,
  /** Not 0: threads are to return. */
  stop: 128,
  /** Not 0: a thread is gone in the middle of a run, or did not answer. */
  failed: 192,
  /** Threads that may take part in a run, thread 0 among them. */
  invited: 256,
} as const;

const PHASES = 320;

/**
 * Of a phase: i64 epoch · 2^32 + pieces taken from the front · 2^16 + from the back, i32 pieces done in all runs, i32
 * threads that sleep until all are.
 */
export const PHASE = { taken: 0, done: 8, waiting: 12 } as const;

export function controlBytes(phases: number): number {
  return PHASES + CACHE_LINE * phases;
}

export function phaseAddress(control: number, phase: number): number {
  return control + PHASES + CACHE_LINE * phase;
}
