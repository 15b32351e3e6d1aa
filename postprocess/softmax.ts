/** Scores of classes as probabilities. */
import { checkInteger, countRows } from "./checks.js";

/**
 * The softmax of every row of `classes` scores (of all of them by default), as torch.nn.functional.softmax along
 * the last dim: each row of the result sums to 1. The greatest score of a row is taken away first, so that no
 * exponential is infinite. A row with a NaN is NaN. Throws a RangeError where the rows do not come out even.
 */
export function softmax(scores: ArrayLike<number>, classes: number = scores.length): Float32Array {
  checkInteger("classes", classes, 1);
  const rows = countRows("scores", scores.length, classes);
  const result = new Float32Array(scores.length);
  for (let row = 0; row < rows; row++) writeRow(scores, result, row * classes, classes);
  return result;
}

function writeRow(
  scores: ArrayLike<number>,
  result: Float32Array,
  start: number,
  classes: number,
): void {
  let greatest = -Infinity;
  for (let c = 0; c < classes; c++) greatest = Math.max(greatest, scores[start + c]!);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(scores[start + c]! - greatest);
  for (let c = 0; c < classes; c++)
    result[start + c] = Math.exp(scores[start + c]! - greatest) / sum;
}

/** 1 / (1 + e^−x) of every score: of classes that do not exclude each other. */
export function sigmoid(scores: ArrayLike<number>): Float32Array {
  return Float32Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
}
