/**
 * use-winograd: windows by Winograd's algorithm, where that takes less time. Weights are transformed when a
 * module loads: they become up to four times as many, which nobody should have to download.
 *
 *   conv(%x, @w) {kernel 3×3, stride 1}   =>   at load: %w' = transform(@w); in every run: winograd(%x, %w')
 *
 * use-integer-winograd: the same of bytes, to the same integers. Engines that multiply four bytes at a time run what
 * there was before, over words.
 */
import type { Decide } from "../../schedule/decision.js";
import { productsOverWords } from "../dots/computes.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Program, ProgramKernel } from "../program.js";
import { algorithmName, chooseBlocking, type WinogradMode } from "./choose.js";
import { winogradKernel } from "./computes.js";
import { WEIGHTS } from "./blocking.js";
import { GATHERED } from "./gather.js";
import { madeAtLoad, type Made } from "./madeAtLoad.js";
import { weightKernel } from "./weights.js";
import { boundedByWeights } from "./weightBounds.js";
import { inOnePhase, windowedKernel, type Windowed } from "./window.js";

interface Options {
  readonly winograd?: WinogradMode;
}

export function useWinograd(program: Program, target: LayoutChoices, options: Options): Program {
  return withWinograd(program, target, options, (kernel) => {
    const found = windowedKernel(kernel.kernel);
    return found !== undefined && kernel.algorithm === GATHERED
      ? { ...found, isGathered: true }
      : found;
  });
}

export function useIntegerWinograd(
  program: Program,
  target: LayoutChoices,
  options: Options,
): Program {
  return withWinograd(program, target, options, (kernel) => {
    const found = windowedKernel(kernel.kernel, "integers");
    return found && boundedByWeights(found, kernel, program.values);
  });
}

function withWinograd(
  program: Program,
  target: LayoutChoices,
  { winograd = "auto" }: Options,
  windowsOf: (kernel: ProgramKernel) => Windowed | undefined,
): Program {
  if (winograd === "off") return program;
  const made: Made = { values: [...program.values], byKernel: new Map() };
  const kernels = program.kernels.flatMap((kernel): readonly ProgramKernel[] => {
    const windowed = windowsOf(kernel);
    if (windowed === undefined || !inOnePhase(windowed)) return [kernel];
    const decisions = [...(kernel.decisions ?? [])];
    const decide: Decide = (one) => void decisions.push(one);
    const { blocking } = chooseBlocking(windowed, winograd, target, decide);
    if (blocking === undefined) return [{ ...kernel, decisions }];
    const { source } = windowed.w;
    const transform = weightKernel(kernel.kernel, windowed, blocking);
    const weights = madeAtLoad(kernel, source, transform, "weights", made);
    const { [source]: _, ...others } = kernel.operands;
    const how = algorithmName(windowed, blocking);
    const rewritten: ProgramKernel = {
      ...kernel,
      kernel: winogradKernel(kernel.kernel, windowed, blocking),
      operands: { ...others, [WEIGHTS]: weights.value },
      algorithm: kernel.algorithm === undefined ? how : `${kernel.algorithm}, ${how}`,
      decisions,
      ...(productsOverWords(kernel.kernel).length > 0 ? { windows: kernel.kernel } : {}),
    };
    return [...weights.kernels, rewritten];
  });
  return { ...program, values: made.values, kernels };
}
