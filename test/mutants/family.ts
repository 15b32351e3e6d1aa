/** What a mutant is: files that are wrong somewhere, and the command that somebody would give them to. */
import type { Random } from "../support/random.js";

export type Files = Readonly<Record<string, Uint8Array>>;

export interface Mutant {
  /** By path inside a folder of its own. One whose content is undefined is a folder. */
  readonly files: Readonly<Record<string, Uint8Array | undefined>>;
  /** Words of the command line besides the verb; `@name` is the path of a file. */
  readonly words: readonly string[];
  /** `check` a model, or `verify` a folder. */
  readonly verb: "check" | "verify";
}

/** The kind of file that is mutated. */
export interface Family {
  readonly name: string;
  /** So many of a thousand mutants are of it. */
  readonly share: number;
  /** Of those that are accepted, one in so many is compiled for every target and run. */
  readonly runs: number;
  draw(random: Random): Mutant;
}

/** Numbers at which code goes wrong. */
export const NUMBERS: readonly number[] = [
  ...[0, 1, -1, 2, 3, 7, 8, 64, 255, 256, 65535, 65536, 2 ** 24, 2 ** 29, 2 ** 31 - 1, 2 ** 31],
  ...[2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 31), 1e300],
];

/** Names that somebody could take for something else. */
export const NAMES: readonly string[] = [
  ...["", "_", "__proto__", "constructor", "toString", "*/", "${x}", "\u2028", "../x", "a/../b"],
  ...["CON", "\0", "\u202e", "length", "n".repeat(300), "inf", "nan", "%", "@", "é"],
];
