/** A kernel as engines run it that multiply four bytes at a time. */
import type { Program, ProgramKernel } from "../program.js";
import type { DotKind } from "./computes.js";
import { dotForm } from "./forms.js";

/** The kernel over words, with the schedules chosen for it; the very one where it has none. */
export function dotTwin(kernel: ProgramKernel, kind: DotKind): ProgramKernel {
  const { dotSchedules } = kernel;
  if (dotSchedules === undefined) return kernel;
  const twin = dotForm(kernel.kernel, kind);
  const operands = Object.fromEntries(
    twin.inputs.map(({ name }) => [name, kernel.operands[name]!] as const),
  );
  return { ...kernel, kernel: twin, operands, schedules: dotSchedules };
}

/** The Program of twins, without what at load makes of weights what no kernel reads then. */
export function dotProgram(program: Program, kind: DotKind): Program {
  const kernels = program.kernels.map((kernel) => dotTwin(kernel, kind));
  const read = new Set([
    ...[...kernels, ...program.elided.map(({ kernel }) => kernel)].flatMap(({ operands }) =>
      Object.values(operands),
    ),
    ...[...program.outputs, ...program.states].map(({ value }) => value),
    ...program.states.map(({ next }) => next),
  ]);
  const stays = ({ atLoad, output }: ProgramKernel): boolean => atLoad !== true || read.has(output);
  const elided = program.elided.map((one) => ({
    ...one,
    at: kernels.slice(0, one.at).filter(stays).length,
  }));
  return { ...program, kernels: kernels.filter(stays), elided };
}
