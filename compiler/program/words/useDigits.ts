/**
 * use-digits: sums over words of bytes have a second form, for engines that multiply four bytes at a time. Which one
 * runs is decided when a module loads: `overDigits` is what those run, and both differ by rounding alone.
 */
import { elementCount } from "../../base/tensor.js";
import type { Kernel } from "../../compute/ir.js";
import { constantTensor } from "../../graph/constants.js";
import type { Constant } from "../../graph/definition.js";
import type { LayoutChoices } from "../layout/choices.js";
import { sumsOf } from "../dots/words.js";
import type { Program, ProgramKernel, Value } from "../program.js";
import { WORDS } from "./computes.js";
import { digitTemporaries, keptDims, SUMS } from "./digits.js";
import { BIAS } from "./formats.js";

export function useDigits(program: Program, target: LayoutChoices): Program {
  if (target.dots !== true) return program;
  const values: Value[] = [...program.values];
  const kernels = program.kernels.map((one): ProgramKernel => {
    const words = values[one.operands[WORDS] ?? -1]?.constant;
    const made = words && withDigits(one.kernel, words);
    if (made === undefined) return one;
    const { kernel, sums } = made;
    const value = values.push({ name: sums.name, type: sums.type, constant: sums }) - 1;
    return { ...one, kernel, operands: { ...one.operands, [SUMS]: value }, algorithm: DIGITS };
  });
  return values.length === program.values.length ? program : { ...program, values, kernels };
}

const BYTES = 4;
/** Sums of more products of a digit and a weight, −128 · 127 each, may not fit 32 bits. */
const LONGEST = 2 ** 17;

/** What kernels say of how they compute that have a form over digits. */
export const DIGITS = "words, or dots of digits";

/** A kernel with what its form over digits wants, and the sums of its weights; undefined where it is none over words of bytes, or sums are too long. */
export function withDigits(
  kernel: Kernel,
  words: Constant,
): { readonly kernel: Kernel; readonly sums: Constant } | undefined {
  const kept = keptDims(kernel);
  if (kept === undefined) return undefined;
  const summed = words.type.dims.filter((_, d) => !kept.includes(d));
  if (BYTES * elementCount(summed) > LONGEST) return undefined;
  const sums = sumsOfWords(words, kept);
  const input = { name: SUMS, type: sums.type, operand: "w", constant: true } as const;
  const inputs = [...kernel.inputs, input];
  const temporaries = [...kernel.temporaries, ...digitTemporaries(kernel)];
  return { kernel: { ...kernel, inputs, temporaries }, sums };
}

function sumsOfWords(words: Constant, kept: readonly number[]): Constant {
  const { name, type } = words;
  const { dims } = type;
  const data = sumsOf((constantTensor(words).data as Int32Array).map(sumOf), dims, kept);
  return {
    name,
    type: { dtype: "i32", dims: kept.map((d) => dims[d]!) },
    source: { kind: "data", data },
  };
}

/** Of the four weights of a word. */
function sumOf(word: number): number {
  const lower = (word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255);
  return lower - 3 * BIAS + (word >> 24);
}
