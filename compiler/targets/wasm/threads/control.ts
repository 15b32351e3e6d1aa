/** Where in the memory threads find each other: the words of a run, and for each phase what is taken and done. */
import { CONTROL as WORDS, CONTROL_WORDS } from "../../../../runtime/control.js";

const CACHE_LINE = 64;

/** What JavaScript knows, too: bytes from the beginning of the control block. */
export const CONTROL = {
  epoch: 4 * WORDS.epoch,
  parked: 4 * WORDS.parked,
  stop: 4 * WORDS.stop,
  failed: 4 * WORDS.failed,
  invited: 4 * WORDS.invited,
} as const;

const PHASES = 4 * CONTROL_WORDS;

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
