/**
 * Puts kernels that have nothing to do with each other's memory between the same two barriers: while one ends, threads
 * that are done with it begin the next.
 */
import type { Program } from "../program.js";
import { conflict, memoryOf, type KernelMemory } from "./conflicts.js";

/** Positions in `Program.kernels` of what may run at the same time, each phase after the one before. */
export type Phases = readonly (readonly number[])[];

/** As far back as a kernel is compared with: those before are in earlier phases, or do not matter. */
const WINDOW = 64;

/** Of each kernel the temporaries that all threads have together, by name: all others are of one thread. */
export type Common = readonly ReadonlySet<string>[];

/** The kernels of a run in phases: each as early as what it has to wait for allows. */
export function phasesOf(program: Program, common: Common = []): Phases {
  const phases: number[][] = [];
  const placed: { readonly memory: KernelMemory; readonly phase: number }[] = [];
  // Of those that are not looked at one by one any more.
  let least = 0;
  program.kernels.forEach((kernel, position) => {
    if (kernel.atLoad === true) return;
    const memory = memoryOf(kernel, program, common[position]);
    const phase = placed.reduce(
      (after, other) =>
        other.phase >= after && conflict(other.memory, memory) ? other.phase + 1 : after,
      least,
    );
    (phases[phase] ??= []).push(position);
    placed.push({ memory, phase });
    if (placed.length > WINDOW) least = Math.max(least, placed.shift()!.phase + 1);
  });
  return phases;
}
