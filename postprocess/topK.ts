/** The best of many scores, with their labels. */
import { checkInteger } from "./checks.js";

export interface Ranked {
  /** Of the score among those given: the number of the class. */
  readonly index: number;
  readonly score: number;
}

export interface RankedLabel<Label> extends Ranked {
  readonly label: Label;
}

/**
 * The k greatest scores, greatest first; of equal ones the first comes first. NaN counts as greatest, as in
 * PyTorch, so that it is seen. With `labels`, one a score, each has its own. Throws a RangeError where there are
 * fewer than k scores, or another number of labels than of scores.
 */
export function topK(scores: ArrayLike<number>, k: number): Ranked[];
export function topK<Label>(
  scores: ArrayLike<number>,
  k: number,
  labels: ArrayLike<Label>,
): RankedLabel<Label>[];
export function topK(
  scores: ArrayLike<number>,
  k: number,
  labels?: ArrayLike<unknown>,
): (Ranked | RankedLabel<unknown>)[] {
  checkInteger("k", k, 1, scores.length);
  if (labels !== undefined && labels.length !== scores.length)
    throw new RangeError(`there are ${labels.length} labels for ${scores.length} scores`);
  return best(scores, k).map((index) => ({
    index,
    score: scores[index]!,
    ...(labels === undefined ? {} : { label: labels[index] }),
  }));
}

/** Where the k greatest are. */
function best(scores: ArrayLike<number>, k: number): number[] {
  return Array.from(scores, (_, i) => i)
    .sort(
      (a, b) => Number(isAbove(scores[b]!, scores[a]!)) - Number(isAbove(scores[a]!, scores[b]!)),
    )
    .slice(0, k);
}

/** a > b, where NaN is above all numbers. */
function isAbove(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}
