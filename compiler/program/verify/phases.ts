/**
 * Checks kernels that are to run at the same time: in whichever order those of a phase come, whoever reads a value finds
 * it whole, and buffers that are alive lie apart. What is right both forwards and backwards is so for any two of them.
 */
import { valueNames } from "../valueNames.js";
import type { Elided, Program, ProgramKernel } from "../program.js";
import { bytesOf } from "../../loop/storage.js";
import { bufferOf } from "../memory/address.js";
import type { Common, Phases } from "../threads/phases.js";
import { allocationProblems } from "./allocation.js";
import { memoryProblems } from "./memory.js";

/** Throws an Error that lists everything wrong with the phases of a program with addresses. */
export function verifyPhases(program: Program, phases: Phases, common: Common): void {
  const problems = phaseProblems(program, phases, common);
  if (problems.length > 0)
    throw new Error(`threads would make ${program.name} wrong:\n  ${problems.join("\n  ")}`);
}

export function phaseProblems(program: Program, phases: Phases, common: Common = []): string[] {
  const [given, wanted] = [phases.flat(), positionsOfRuns(program)];
  if (String([...given].sort((a, b) => a - b)) !== String(wanted))
    return ["phases are not all kernels of a run, each once"];
  const nameOf = valueNames(program.values);
  const found = [phases, phases.map((phase) => [...phase].reverse())].flatMap((order) => {
    const reordered = inPhases(program, order);
    return [...memoryProblems(reordered, nameOf), ...allocationProblems(reordered)];
  });
  return [...new Set([...found, ...scratchProblems(program, phases, common)])];
}

/** Which kernels of a phase would write to the same scratch memory: what a thread has of its own, it has for all of them. */
function scratchProblems(program: Program, phases: Phases, common: Common): string[] {
  return phases.flatMap((phase) => {
    const used = phase.flatMap((position) => scratchOf(program, position, common[position]));
    return used.flatMap((one, i) =>
      used
        .slice(0, i)
        .filter((its) => its.position !== one.position && (one.isCommon || its.isCommon))
        .filter((its) => one.from < its.to && its.from < one.to)
        .map((its) => {
          const both = `${its.position} and ${one.position}`;
          return `kernels ${both} of a phase have the same scratch memory`;
        }),
    );
  });
}

/** The temporaries of a kernel, in bytes of the arena. */
function scratchOf(program: Program, position: number, common?: ReadonlySet<string>) {
  const { kernel, places } = program.kernels[position]!;
  return kernel.temporaries.flatMap(({ name }) => {
    const place = places[name];
    if (place === undefined) return [];
    const { size, dtype, offset } = bufferOf(program, place);
    const to = offset + size * bytesOf(dtype);
    return [{ position, from: offset, to, isCommon: common?.has(name) === true }];
  });
}

function positionsOfRuns({ kernels }: Program): number[] {
  return kernels.flatMap(({ atLoad }, position) => (atLoad === true ? [] : [position]));
}

/** The program with its kernels phase by phase; a copy that moves nothing stands behind the phase that makes what it sees. */
function inPhases(program: Program, phases: Phases): Program {
  const kernels = program.kernels.filter(({ atLoad }) => atLoad === true);
  const made = program.values.map(() => kernels.length);
  for (const phase of phases) {
    kernels.push(...phase.map((position) => program.kernels[position]!));
    for (const position of phase) {
      const { output, role } = program.kernels[position]!;
      // What lies around a value is nothing that a copy needs.
      if (role !== "fill") made[output] = Math.max(made[output]!, kernels.length);
    }
  }
  const elided = program.elided.map(({ kernel }): Elided => {
    const at = readyAt(kernel, made);
    made[kernel.output] = Math.max(made[kernel.output]!, at);
    return { at, kernel };
  });
  return { ...program, kernels, elided: elided.sort((a, b) => a.at - b.at) };
}

function readyAt({ operands, when = [] }: ProgramKernel, made: readonly number[]): number {
  const read = [...Object.values(operands), ...when.map(({ value }) => value)];
  return read.reduce((latest, value) => Math.max(latest, made[value]!), 0);
}
