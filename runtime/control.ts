/** The words by which JavaScript and threads in WebAssembly speak with each other, in the memory that they share. */

/** Words of 32 bits from the control block on, each in a cache line of its own. */
const STOP = 32;
export const FAILED = 48;
const INVITED = 64;

/** Of a cache line: whoever waits, waits for the first word of one. */
export const LINE = 16;
export const CONTROL_WORDS = 256;

export interface Control {
  /** Whether a thread ended in the middle of its work: what the memory holds is nothing to go by then. */
  readonly failed: boolean;
  /** Lets all give up who compute, wait or look for work. */
  end(): void;
}

/** Of a memory whose control block begins at a byte; so many threads may take part from now on. */
export function openControl(buffer: ArrayBufferLike, start: number, threads: number): Control {
  const words = new Int32Array(buffer, start, CONTROL_WORDS);
  Atomics.store(words, INVITED, threads);
  return {
    get failed() {
      return Atomics.load(words, FAILED) !== 0;
    },
    end() {
      for (const word of [STOP, FAILED]) Atomics.store(words, word, 1);
      for (let i = 0; i < words.length; i += LINE) Atomics.notify(words, i);
    },
  };
}
