/**
 * run-at-load: kernels over constants alone run once, when a model's weights are in memory, and before all others.
 * What is worth less in the download than the time to make it is left to them; what they write stays as it is.
 *
 *   %e = exp(@w); %y = add(%x, %e)   =>   at load: %e = exp(@w); in every run: %y = add(%x, %e)
 */
import { wantedPorts } from "../ports.js";
import type { Program, ProgramKernel } from "../program.js";
import { fixedValues } from "./madeAtLoad.js";

export function runAtLoad(program: Program): Program {
  const fixed = fixedValues(program, new Set(wantedPorts(program).map(({ value }) => value)));
  const atLoad: ProgramKernel[] = [];
  const inRuns: ProgramKernel[] = [];
  for (const kernel of program.kernels)
    if (fixed.has(kernel.output)) atLoad.push({ ...kernel, atLoad: true });
    else inRuns.push(kernel);
  return atLoad.length === 0 ? program : { ...program, kernels: [...atLoad, ...inRuns] };
}
