/** Texts from networks that read: greedy decoding of connectionist temporal classification. */
import { checkInteger, checkLength } from "./checks.js";

export interface CtcOptions {
  /** How many classes each step has a score of, the blank among them. */
  readonly classes: number;
  /** The class that means nothing; 0 by default, as PaddleOCR and PyTorch have it. */
  readonly blank?: number | undefined;
  /** What each class stands for, the blank's being of no account: then there is a `text`. */
  readonly labels?: ArrayLike<string> | undefined;
}

export interface CtcResult {
  /** The classes that were read. */
  readonly indices: Int32Array;
  /** The step at which each was first seen: where in the picture or the sound it is. */
  readonly steps: Int32Array;
  /** The mean of their scores, each that of the step at which it was first seen; 0 where nothing was read. */
  readonly score: number;
  /** Their labels, joined; "" without labels. */
  readonly text: string;
}

/**
 * The best class of every step of [steps, classes], repetitions as one, blanks left out. Throws a RangeError
 * where the scores do not come out even, or there are not as many labels as classes.
 */
export function ctcGreedy(
  scores: ArrayLike<number>,
  { classes, blank = 0, labels }: CtcOptions,
): CtcResult {
  checkInteger("classes", classes, 1);
  checkInteger("blank", blank, 0, classes - 1);
  checkLength("scores", scores.length, [Math.floor(scores.length / classes), classes]);
  if (labels !== undefined) checkLength("labels", labels.length, [classes]);
  const indices: number[] = [];
  const steps: number[] = [];
  let sum = 0;
  let previous = blank;
  for (let step = 0; step * classes < scores.length; step++) {
    const start = step * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[start + c]! > scores[start + best]!) best = c;
    if (best !== blank && best !== previous) {
      indices.push(best);
      steps.push(step);
      sum += scores[start + best]!;
    }
    previous = best;
  }
  return {
    indices: Int32Array.from(indices),
    steps: Int32Array.from(steps),
    score: indices.length === 0 ? 0 : sum / indices.length,
    text: labels === undefined ? "" : indices.map((c) => labels[c]).join(""),
  };
}
