/** Flags of a target as data: the command line lists them, checks them and says whose they are, and knows none of them. */

export interface Flag<Options extends object = object> {
  /** As help shows it: `--weights <where>`. */
  readonly usage: string;
  readonly description: string;
  /** What may follow it; a flag without words stands alone. */
  readonly words: readonly string[];
  /** What it asks for, followed by one of its words. */
  meaning(word: string): Partial<Options>;
}

/** A flag that one of some words follows. */
export function wordFlag<const Word extends string, Options extends object>(
  usage: string,
  description: string,
  words: readonly Word[],
  meaning: (word: Word) => Options,
): Flag<Options> {
  return { usage, description, words, meaning: (word) => meaning(word as Word) };
}

/** A flag that stands alone. */
export function switchFlag<Options extends object>(
  usage: string,
  description: string,
  options: Options,
): Flag<Options> {
  return { usage, description, words: [], meaning: () => options };
}
