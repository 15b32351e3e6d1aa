/** What a planted fault is, and how a Program is changed in one place. */
import type { Definition } from "../../../compiler/graph/definition.js";
import type { StripChoices } from "../../../compiler/program/layout/choices.js";
import type { ProgramPass } from "../../../compiler/program/passes.js";
import type { Program, ProgramKernel, Value, ValueId } from "../../../compiler/program/program.js";

export interface Plant {
  /** The pass after which the Program is spoiled. */
  readonly pass: ProgramPass;
  readonly fault: string;
  /** Where the search for graphs begins that it makes wrong, for what few graphs have. */
  readonly from?: number;
  /** What draws graphs that have what it spoils; by default randomAliasGraph. */
  readonly draw?: (seed: number) => Definition;
  /** Set where maps have to be computed some rows at a time. */
  readonly strips?: StripChoices;
  /** Set where what hangs on constants alone has to be left to kernels at load. */
  readonly loads?: true;
  /** Set where windows have to be computed by Winograd's algorithm. */
  readonly winograd?: "f2" | "f4";
  /** The Program with one fault; undefined where there is nothing to spoil. */
  spoil(program: Program): Program | undefined;
}

export function withValue(program: Program, id: ValueId, change: Partial<Value>): Program {
  return { ...program, values: program.values.with(id, { ...program.values[id]!, ...change }) };
}

export function withKernel(
  program: Program,
  kernel: ProgramKernel,
  change: Partial<ProgramKernel>,
): Program {
  const kernels = program.kernels.map((one) => (one === kernel ? { ...one, ...change } : one));
  return { ...program, kernels };
}

export function withoutKernel(program: Program, kernel: ProgramKernel): Program {
  return { ...program, kernels: program.kernels.filter((one) => one !== kernel) };
}

/** The list with what stands at two positions exchanged. */
export function exchanged<T>(list: readonly T[], a: number, b: number): T[] {
  return list.map((one, i) => (i === a ? list[b]! : i === b ? list[a]! : one));
}
