/** Weights that arrive in the memory of an instance: what is made of them at load is made while more of them come. */
import { HASH_BLOCK } from "./hash.js";
import { checkHash, isPage, type Part } from "./part.js";

/** Weights as they were built, and where they begin in the memory, in bytes. */
export interface WeightsPart extends Part {
  readonly start: number;
}

/** What modules of WebAssembly export for it. */
export interface Loading {
  /** What runs once: of what has not run yet as much as needs no weights behind an address; -1 is behind all. */
  readonly load?: (end: number) => void;
  /** Whole blocks of the memory go into the hash, one after the other. */
  readonly take?: (from: number, to: number) => void;
  readonly hash?: (bytes: number) => bigint;
}

export interface Arrival {
  /** So many bytes are there. */
  reach(loaded: number): void;
  /** All are. Throws where they are to be checked and their hash is another. */
  end(): void;
}

/** Hashed, if at all, before anything is written over them. */
export function openArrival(
  exports: Loading,
  memory: { readonly buffer: ArrayBufferLike },
  part: WeightsPart,
  verify: boolean,
): Arrival {
  const { start } = part;
  const bytes = new Uint8Array(memory.buffer, start, part.bytes);
  let taken = start;
  const take = (loaded: number): void => {
    const whole = start + loaded - (loaded % HASH_BLOCK);
    if (verify) exports.take!(taken, whole);
    taken = whole;
  };
  return {
    reach(loaded) {
      // Which is to be known by its beginning.
      if (isPage(bytes)) return;
      take(loaded);
      exports.load?.(taken);
    },
    end() {
      take(part.bytes);
      if (verify) {
        const hash = BigInt.asUintN(64, exports.hash!(part.bytes)).toString(16).padStart(16, "0");
        checkHash(bytes, hash, part);
      }
      exports.load?.(-1);
    },
  };
}
