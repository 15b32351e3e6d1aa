/** Randomness out of a list of numbers, so that a smaller list is a simpler draw: what shrinking works on. */
import type { Random } from "../../support/random.js";

/** One past the largest number of a list. */
export const CHOICES = 2 ** 16;

/** The numbers in turn, then zeros: the lowest integer, the first of a list, and no to every chance. */
export function chosen(numbers: readonly number[]): Random {
  let position = 0;
  const next = (): number => numbers[position++] ?? 0;
  const int = (low: number, high: number): number =>
    low + Math.floor((next() / CHOICES) * (high - low + 1));
  return {
    int,
    pick: (list) => list[int(0, list.length - 1)]!,
    chance: (probability) => next() >= CHOICES * (1 - probability),
    shuffle(list) {
      const rest = [...list];
      return list.map(() => rest.splice(int(0, rest.length - 1), 1)[0]!);
    },
  };
}
