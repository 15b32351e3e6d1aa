/**
 * use-words: sums over narrow weights that are read as they lie take them as words of 32 bits. Weights that are widened
 * one by one take more time than memory does.
 *
 *   y[j] = Σk x[k] · w[j, k]   =>   fields[f, j] = Σq x[f · Q + q] · (what field f of words[j, q] is)
 *                                   y[j] = Σf fields[f, j]
 */
import { constantTensor } from "../../graph/constants.js";
import type { Constant } from "../../graph/definition.js";
import type { LayoutChoices } from "../layout/choices.js";
import { narrowConstants } from "../layout/narrowStorage.js";
import type { Program, ProgramKernel, Value } from "../program.js";
import { wordKernel, WORDS } from "./computes.js";
import { FORMATS } from "./formats.js";
import { narrowSums, wordDims, type NarrowSums } from "./narrowSums.js";
import { wordsOf } from "./pack.js";

export function useWords(program: Program, target: LayoutChoices): Program {
  if (target.words !== true) return program;
  const values: Value[] = [...program.values];
  const readers = readersOf(program);
  const narrow = narrowConstants(program);
  const kernels = program.kernels.map((kernel): ProgramKernel => {
    for (const [source, value] of Object.entries(kernel.operands)) {
      const { constant, name } = program.values[value]!;
      const format = FORMATS[(constant && narrow.get(constant)) ?? ""];
      if (constant === undefined || format === undefined || readers.get(constant) !== 1) continue;
      const sums = narrowSums(kernel.kernel, source, format);
      const words = sums && packed(constant, sums);
      if (sums === undefined || words === undefined) continue;
      values.push({ name, type: words.type, constant: words });
      const { [source]: _, ...others } = kernel.operands;
      const operands = { ...others, [WORDS]: values.length - 1 };
      return { ...kernel, kernel: wordKernel(kernel.kernel, sums), operands, algorithm: "words" };
    }
    return kernel;
  });
  return values.length === program.values.length ? program : { ...program, values, kernels };
}

function readersOf({ kernels, values }: Program): ReadonlyMap<Constant, number> {
  const readers = new Map<Constant, number>();
  for (const { operands } of kernels)
    for (const value of Object.values(operands)) {
      const { constant } = values[value]!;
      if (constant !== undefined) readers.set(constant, (readers.get(constant) ?? 0) + 1);
    }
  return readers;
}

/** The constant in words; undefined where a weight has no bits, or lies in a file: that is not read before it is written out. */
function packed(constant: Constant, sums: NarrowSums): Constant | undefined {
  const { name, type, source } = constant;
  const fields = type.dtype;
  if (source.kind === "file") return undefined;
  const words = wordsOf(constantTensor(constant).data, type.dims, sums);
  const dims = wordDims(type.dims, sums);
  return (
    words && { name, type: { dtype: "i32", dims }, source: { kind: "data", data: words }, fields }
  );
}
