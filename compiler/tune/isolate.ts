/** A Program of one kernel, so that it can be run and timed by itself. */
import type { Operand } from "../graph/definition.js";
import { placeConstants } from "../program/layout/constants.js";
import { planMemory } from "../program/memory.js";
import type { Program, ProgramKernel, ProgramValue } from "../program/program.js";
import type { LayoutChoices } from "../program/layout/choices.js";

/** The kernel with constants packed for the schedules that are chosen. */
export function isolate(program: Program, kernel: ProgramKernel, choices: LayoutChoices): Program {
  const alone = onlyKernel(program, kernel);
  const buffers = alone.buffers.filter(({ space }) => space === "arena");
  return planMemory(placeConstants({ ...alone, buffers }, choices));
}

/** The kernel as it is, but for its schedules. */
export function isolateAsPacked(
  program: Program,
  kernel: ProgramKernel,
  schedules: ProgramKernel["schedules"],
): Program {
  return planMemory(onlyKernel(program, { ...kernel, schedules }));
}

/** Everything it reads is an input, so that nothing it may not overwrite is overwritten. */
function onlyKernel(program: Program, kernel: ProgramKernel): Program {
  const used = new Set(Object.values(kernel.places).map(({ buffer }) => buffer));
  const inputs = kernel.kernel.inputs.flatMap(({ name, type, constant }): ProgramValue[] => {
    const place = kernel.places[name];
    return place === undefined || constant === true ? [] : [{ name, type, place }];
  });
  const [name, type, place] = ["out", kernel.kernel.output, kernel.places["out"]!];
  return {
    name: program.name,
    inputs,
    outputs: [{ name, type, place, value: kernel.output satisfies Operand }],
    buffers: program.buffers.filter((buffer) => used.has(buffer.name)),
    kernels: [kernel],
    constants: program.constants,
  };
}
