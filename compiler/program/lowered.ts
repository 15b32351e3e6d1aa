/** What a target prints: distinct kernel functions, and the calls that make one run. */
import type { KernelFunction } from "../loop/stmt.js";
import type { Phases } from "./threads/phases.js";

export interface LoweredProgram {
  /** Equal kernels are one function. */
  readonly functions: readonly { readonly name: string; readonly code: KernelFunction }[];
  /** In order of execution. */
  readonly calls: readonly KernelCall[];
  /** For several threads: positions in `calls` of what runs between two barriers. */
  readonly phases?: Phases;
}

/** All pieces of a call; one where threads do not share it. */
export function pieceCount({ pieces = [1] }: Pick<KernelCall, "pieces">): number {
  return pieces.reduce((sum, count) => sum + count, 0);
}

/** What threads run between two barriers: a stage of each call of a phase that has so many. */
export type Step = readonly { readonly position: number; readonly stage: number }[];

/** One stage after the other, those of all calls of a phase at the same time. */
export function stepsOf(
  phases: Phases,
  calls: readonly Pick<KernelCall, "pieces">[],
): readonly Step[] {
  const stages = (position: number): number => calls[position]!.pieces?.length ?? 1;
  return phases.flatMap((phase) =>
    Array.from({ length: Math.max(...phase.map(stages)) }, (_, stage) =>
      phase.flatMap((position) => (stage < stages(position) ? [{ position, stage }] : [])),
    ),
  );
}

/** A word of the arena, by its position in elements, being other than 0, or 0. */
export interface Condition {
  readonly element: number;
  readonly is: boolean;
}

export interface KernelCall {
  /** Name of the function. */
  readonly function: string;
  /** Element address in its space for each parameter, in order. */
  readonly arguments: readonly number[];
  /** Once, before all runs. */
  readonly atLoad?: true;
  /** Of such: so many bytes of the constants, from the first one on, must be there. */
  readonly constantBytes?: number;
  /** Only where all of these hold, each asked where those before it do. */
  readonly when?: readonly Condition[];
  /** Of a function with tiles: into how many pieces threads divide those of each stage. */
  readonly pieces?: readonly number[];
  /** The same, of each parameter that is scratch memory of a thread: where it is in that of the others, in bytes. */
  readonly scratch?: readonly (number | undefined)[];
  /** Bytes of scratch memory that every other thread needs. */
  readonly scratchBytes?: number;
  /** Name of the ProgramKernel, which says what graph nodes it covers. */
  readonly kernel: string;
}
