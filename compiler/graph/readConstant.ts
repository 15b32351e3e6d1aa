/** Reads the values of constants where they are at hand: folding does without the others. */
import type { Budget } from "../base/budget.js";
import type { Tensor } from "../base/tensor.js";
import { constantTensor } from "./constants.js";
import type { Constant } from "./definition.js";

/** undefined where the file that a constant lies in is not at hand. */
export type ReadConstant = (constant: Constant) => Tensor | undefined;

/** A reader that throws CompileError only where a file is there and does not hold what it should, or the budget is spent. */
export function constantReader(
  readFile?: (path: string) => Uint8Array,
  budget?: Budget,
): ReadConstant {
  return (constant) =>
    constant.source.kind === "file" && readFile === undefined
      ? undefined
      : constantTensor(constant, readFile, budget);
}
