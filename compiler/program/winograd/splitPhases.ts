/**
 * split-phases: windows that move by several of their taps become a kernel for each phase, where Winograd's algorithm
 * then takes less time than the windows do. Each goes on with the sums of the one before it.
 *
 *   %y = conv(%x, @w) {kernel 3×3, stride 2}   =>   at load: the taps of each phase of @w; in every run four kernels
 */
import type { Decide, Decision } from "../../schedule/decision.js";
import type { LayoutChoices } from "../layout/choices.js";
import type { Operands, Program, ProgramKernel, ValueId } from "../program.js";
import { choosePhases, type WinogradMode } from "./choose.js";
import { GATHERED, gathered, gatheredWindows, phaseCount } from "./gather.js";
import { madeAtLoad, type Made } from "./madeAtLoad.js";
import { kernelOfPhase, phaseOf, phasesOf, SUMS, weightsOfPhase, type Phase } from "./phases.js";
import { windowedKernel, type Windowed } from "./window.js";

export function splitPhases(
  program: Program,
  target: LayoutChoices,
  { winograd = "auto" }: { readonly winograd?: WinogradMode },
): Program {
  if (winograd === "off") return program;
  const made: Made = { values: [...program.values], byKernel: new Map() };
  const kernels = program.kernels.flatMap((kernel): readonly ProgramKernel[] => {
    const windowed = windowedKernel(kernel.kernel);
    if (windowed === undefined) return [kernel];
    if (phaseCount(windowed) === 1) return [kernel];
    const phases = phasesOf(windowed);
    const split = phases.map((phase) => phaseOf(windowed, phase));
    const windows = gatheredWindows(windowed);
    const decisions: Decision[] = [];
    const decide: Decide = (one) => void decisions.push(one);
    const decided = { ...kernel, decisions };
    switch (choosePhases(windowed, split, windows, winograd, target, decide)) {
      case "split":
        return inPhases(decided, windowed, phases, made);
      case "gathered":
        return asChannels(decided, windowed, windows!, made);
      case "windows":
        return [decided];
    }
  });
  return { ...program, values: made.values, kernels };
}

/** A kernel for each phase, and those that take their taps out of the weights. */
function inPhases(
  kernel: ProgramKernel,
  windowed: Windowed,
  phases: readonly Phase[],
  made: Made,
): readonly ProgramKernel[] {
  const { source } = windowed.w;
  const { name, type } = made.values[kernel.output]!;
  let sums: ValueId | undefined;
  return phases.flatMap((phase, i) => {
    const [isFirst, isLast] = [i === 0, i === phases.length - 1];
    const taps = weightsOfPhase(kernel.kernel, windowed, phase);
    const weights = madeAtLoad(kernel, source, taps, `taps${i + 1}`, made);
    const output = isLast ? kernel.output : made.values.push({ name, type }) - 1;
    const own = kernelOfPhase(kernel.kernel, windowed, phase, { isFirst, isLast });
    const read: Operands = {
      ...kernel.operands,
      [source]: weights.value,
      ...(sums === undefined ? {} : { [SUMS]: sums }),
    };
    const part: ProgramKernel = {
      ...kernel,
      name: isLast ? kernel.name : `${kernel.name}_phase${i + 1}`,
      covers: isLast ? kernel.covers : [],
      kernel: own,
      operands: Object.fromEntries(own.inputs.map(({ name: input }) => [input, read[input]!])),
      output,
      algorithm: `phase ${i + 1} of ${phases.length}`,
    };
    sums = output;
    return [...weights.kernels, part];
  });
}

/** A kernel over the phases as channels, what gathers them, and what does the same to the weights. */
function asChannels(
  kernel: ProgramKernel,
  whole: Windowed,
  windows: Windowed,
  made: Made,
): readonly ProgramKernel[] {
  const parts = gathered(kernel.kernel, whole, windows);
  const [x, w] = [whole.x.source, whole.w.source];
  const weights = madeAtLoad(kernel, w, parts.weights, "taps", made);
  const read = kernel.operands[x]!;
  const image = made.values.push({ name: made.values[read]!.name, type: parts.image.output }) - 1;
  const gathering: ProgramKernel = {
    ...kernel,
    name: `${kernel.name}_phases`,
    covers: [],
    kernel: parts.image,
    operands: { [x]: read },
    output: image,
    algorithm: GATHERED,
  };
  const summing: ProgramKernel = {
    ...kernel,
    kernel: parts.kernel,
    operands: { ...kernel.operands, [x]: image, [w]: weights.value },
    algorithm: GATHERED,
  };
  return [...weights.kernels, gathering, summing];
}
