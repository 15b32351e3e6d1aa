/** The words by which JavaScript and threads in WebAssembly speak with each other, in the memory that they share. */

/** Words of 32 bits, each in a cache line of its own: where they are in the control block, counted in words. */
export const CONTROL = {
  /** Counts the runs; threads wait for it to change. */
  epoch: 0,
  /** Threads that sleep until it does. */
  parked: 16,
  /** Not 0: threads are to return. */
  stop: 32,
  /** Not 0: a thread is gone in the middle of a run, or did not answer. */
  failed: 48,
  /** Threads that may take part in a run, thread 0 among them. */
  invited: 64,
} as const;

/** Of the control block, as far as JavaScript knows it. */
export const CONTROL_WORDS = 80;

/** How long a thread that waits sleeps at most before it looks again. */
export const NAP_MS = 100;

/** Naps without anything done from which on a run has failed: half a minute. */
export const MOST_NAPS = 300;

export interface Control {
  /** Whether a thread ended in the middle of its work: what the memory holds is nothing to go by then. */
  readonly failed: boolean;
  /** Wakes threads that sleep between runs: one is near. */
  wake(): void;
  /** Lets all give up who compute, wait or look for work. */
  end(): void;
}

/** Of a memory whose control block begins at a byte; so many threads may take part from now on. */
export function openControl(buffer: ArrayBufferLike, start: number, threads: number): Control {
  const words = new Int32Array(buffer, start, CONTROL_WORDS);
  Atomics.store(words, CONTROL.invited, threads);
  return {
    get failed() {
      return Atomics.load(words, CONTROL.failed) !== 0;
    },
    wake() {
      if (Atomics.load(words, CONTROL.parked) > 0) Atomics.notify(words, CONTROL.epoch);
    },
    end() {
      Atomics.store(words, CONTROL.stop, 1);
      Atomics.store(words, CONTROL.failed, 1);
      // Who waits for pieces looks by itself, again and again.
      Atomics.notify(words, CONTROL.epoch);
    },
  };
}
