/**
 * run-at-load: kernels over constants alone run once, when a model's weights are in memory, and before all others.
 * What is worth less in the download than the time to make it is left to them; what they write stays as it is.
 *
 *   %e = exp(@w); %y = add(%x, %e)   =>   at load: %e = exp(@w); in every run: %y = add(%x, %e)
 */
import { wantedPorts } from "../ports.js";
import type { Program, ProgramKernel, ValueId } from "../program.js";

export function runAtLoad(program: Program): Program {
  const wanted = new Set(wantedPorts(program).map(({ value }) => value));
  const fixed = new Set<ValueId>(
    program.values.flatMap(({ constant }, id) => (constant === undefined ? [] : [id])),
  );
  const atLoad: ProgramKernel[] = [];
  const inRuns: ProgramKernel[] = [];
  for (const kernel of program.kernels) {
    const { operands, output } = kernel;
    // Outputs are the caller's until the next run, and states may be reset: they are written in each.
    if (wanted.has(output) || !Object.values(operands).every((value) => fixed.has(value)))
      inRuns.push(kernel);
    else {
      fixed.add(output);
      atLoad.push({ ...kernel, atLoad: true });
    }
  }
  return atLoad.length === 0 ? program : { ...program, kernels: [...atLoad, ...inRuns] };
}
