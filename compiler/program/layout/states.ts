/**
 * update-states: at the end of a run every state becomes what it is to be for the next one, all of them at once. A
 * value that is written when nobody reads the old state any more is written where that lies; others are copied there.
 *
 *   state %h = n, %c = m   =>   copy(%n) to where %h lies; copy(%m) to where %c lies
 *   state %a = b, %b = a   =>   %b' = copy(%b), %a' = copy(%a); then those to where %a and %b lie
 */
import { readsWhereItWrites } from "../memory/inPlace.js";
import type { Program, ProgramKernel, ProgramState, Value, ValueId } from "../program.js";
import { marginsWanted } from "./boundaries.js";
import { copyKernel } from "./copy.js";
import { readersOf, viewed, type Readers } from "./readers.js";

export function updateStates(program: Program): Program {
  if (program.states.length === 0) return program;
  const values: Value[] = [...program.values];
  const context = contextOf(program);
  const copyOf = (from: ValueId, kernels: ProgramKernel[]): ValueId => {
    const { name, type } = values[from]!;
    const copy = values.length;
    values.push({ name, type });
    kernels.push(copyKernel(from, values[from]!, copy, "row-major"));
    return copy;
  };
  // What is read from states comes before any of them is written.
  const reads: ProgramKernel[] = [];
  const writes: ProgramKernel[] = [];
  const states = program.states.map((state): ProgramState => {
    const { value, next } = state;
    if (next === value || isWrittenInPlace(state, context)) return state;
    const from = context.olds.has(context.rootOf(next)) ? copyOf(next, reads) : next;
    return { ...state, next: copyOf(from, writes) };
  });
  return { ...program, values, states, kernels: [...program.kernels, ...reads, ...writes] };
}

interface Context {
  readonly readers: Readers;
  readonly positions: ReadonlyMap<ProgramKernel, number>;
  readonly writers: ReadonlyMap<ValueId, ProgramKernel>;
  /** States as the run finds them. */
  readonly olds: ReadonlySet<ValueId>;
  /** Values that are memory of their own already: outputs, and what states were found to be written by. */
  readonly taken: Set<ValueId>;
  /** States that are read when states are updated. */
  readonly late: ReadonlySet<ValueId>;
  /** What a value is a view of, through any number of others. */
  rootOf(value: ValueId): ValueId;
}

function contextOf(program: Program): Context {
  const { kernels, outputs, states } = program;
  const writers = new Map(kernels.map((kernel) => [kernel.output, kernel]));
  const rootOf = (value: ValueId): ValueId => {
    let at = value;
    for (let writer = writers.get(at); isWindow(writer); writer = writers.get(at))
      at = viewed(writer);
    return at;
  };
  return {
    readers: readersOf(program),
    positions: new Map(kernels.map((kernel, at) => [kernel, at])),
    writers,
    olds: new Set(states.map(({ value }) => value)),
    taken: new Set(outputs.map(({ value }) => value)),
    late: new Set(states.map(({ next }) => rootOf(next))),
    rootOf,
  };
}

function isWindow(writer: ProgramKernel | undefined): writer is ProgramKernel {
  return writer?.view !== undefined && writer.view.kind !== "concat";
}

/** Whether what a state becomes can be written over it: it is taken then. */
function isWrittenInPlace({ value, next }: ProgramState, context: Context): boolean {
  const { readers, writers, taken, late } = context;
  const writer = writers.get(next);
  if (writer === undefined || writer.role !== "compute" || taken.has(next) || late.has(value))
    return false;
  const looksOn = readers[next]!.some(
    (kernel) => kernel.view !== undefined || marginsWanted(kernel, next),
  );
  if (looksOn || !isReadBefore(value, writer, context)) return false;
  taken.add(next);
  return true;
}

/** Whether a kernel is the last to read a state, by any name, and reads it at most where it writes. */
function isReadBefore(value: ValueId, writer: ProgramKernel, context: Context): boolean {
  const { readers, positions } = context;
  const at = positions.get(writer)!;
  const seen = new Set([value]);
  for (const one of seen) {
    for (const reader of readers[one]!) {
      if (positions.get(reader)! > at) return false;
      if (reader === writer && (one !== value || !readsInPlace(writer, value))) return false;
      if (reader.view !== undefined) seen.add(reader.output);
    }
  }
  return true;
}

function readsInPlace({ kernel, operands }: ProgramKernel, value: ValueId): boolean {
  const [compute, ...others] = kernel.computes;
  if (others.length > 0) return false;
  return Object.entries(operands).every(
    ([source, read]) => read !== value || readsWhereItWrites(compute!, source, kernel.output.dims),
  );
}
