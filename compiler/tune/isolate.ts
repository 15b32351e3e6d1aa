/** A Program of one kernel, so that it can be run and timed by itself. */
import { placeConstants } from "../program/layout/packing.js";
import { chooseSchedules } from "../program/layout/schedules.js";
import { allocateBuffers } from "../program/memory/allocate.js";
import type { Port, Program, ProgramKernel } from "../program/program.js";
import type { LayoutChoices } from "../program/layout/choices.js";

/** The kernel with constants packed for the schedules that are chosen. */
export function isolate(program: Program, kernel: ProgramKernel, target: LayoutChoices): Program {
  const alone = { ...onlyKernel(program, kernel), constants: [] };
  return allocateBuffers(placeConstants(chooseSchedules(alone, target), target), {});
}

/** The kernel as it is, but for its schedules. */
export function isolateAsPacked(
  program: Program,
  kernel: ProgramKernel,
  schedules: ProgramKernel["schedules"],
): Program {
  return allocateBuffers(onlyKernel(program, { ...kernel, schedules }), {});
}

/** In every run, whenever it runs in the model. */
function unconditional({ when: _, atLoad: __, ...kernel }: ProgramKernel): ProgramKernel {
  return kernel;
}

/** Everything it reads is an input. Buffers of other kernels take no room that anybody touches. */
function onlyKernel(program: Program, kernel: ProgramKernel): Program {
  const used = new Set(Object.values(kernel.places).map(({ buffer }) => buffer));
  const inputs = kernel.kernel.inputs.flatMap(({ name, type, constant }): Port[] => {
    const place = kernel.places[name];
    const value = kernel.operands[name]!;
    return place === undefined || constant === true ? [] : [{ name, type, value, place }];
  });
  const [name, type, place] = ["out", kernel.kernel.output, kernel.places["out"]!];
  return {
    ...program,
    inputs,
    outputs: [{ name, type, place, value: kernel.output }],
    states: [],
    buffers: program.buffers.map((buffer, id) => (used.has(id) ? buffer : { ...buffer, size: 0 })),
    kernels: [unconditional(kernel)],
    elided: [],
    constants: program.constants.filter(({ place: packed }) => used.has(packed.buffer)),
  };
}
