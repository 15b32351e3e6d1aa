/**
 * use-digits: sums over words of bytes have a second form, for engines that multiply several bytes at a time. Which one
 * runs is decided when a module loads: `overDigits` is what those run, and both differ by rounding alone.
 */
import type { Kernel } from "../../compute/ir.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Program } from "../program.js";
import { canHaveDigits, digitTemporaries } from "./digits.js";

/** What kernels say of how they compute that have a form over digits. */
export const DIGITS = "words, or dots of digits";

export function useDigits(program: Program, target: LayoutChoices): Program {
  if (target.dots !== true) return program;
  const kernels = program.kernels.map((one) => {
    const kernel = withDigits(one.kernel);
    return kernel === undefined ? one : { ...one, kernel, algorithm: DIGITS };
  });
  return { ...program, kernels };
}

/** A kernel with what its form over digits wants; undefined where it is none over words of bytes, or sums are too long. */
export function withDigits(kernel: Kernel): Kernel | undefined {
  if (!canHaveDigits(kernel)) return undefined;
  return { ...kernel, temporaries: [...kernel.temporaries, ...digitTemporaries(kernel)] };
}
