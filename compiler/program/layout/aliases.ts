/**
 * alias-values: which values live in the memory of another. Slices, splits, transposes and reshapes are windows of
 * what they look at; operands of a concat are parts of it, written where they belong.
 *
 *   %s = slice(%x); %c = concat(%a, %b)   =>   s lives in x; a and b live in c
 *
 * A wrong choice costs a copy and no more: copies go only where places say that they do nothing (places.ts).
 */
import type { Program, ProgramKernel, Value, ValueId } from "../program.js";
import { inverseView, turnAround, type Aliases } from "./aliasTree.js";
import { findConcatParts } from "./concats.js";
import { grantMargins, withRoom } from "./margins.js";
import { orderThrough, viewsOfInputs } from "./orders.js";
import { findPlaces } from "./places.js";
import { readersOf, viewed, writtenValues } from "./readers.js";

/** Rounds of finding aliases, after each of which those that cannot be are left out. */
const ROUNDS = 8;

export function aliasValues(program: Program): Program {
  const separate = new Set<ValueId>();
  for (let round = 1; ; round++) {
    const aliased = withAliases(program, findAliases(program, separate));
    const margins = grantMargins(aliased);
    const padded = { ...aliased, values: withRoom(aliased.values, margins) };
    const impossible = [...findPlaces(padded).impossible, ...margins.crowded];
    if (impossible.length === 0) return aliased;
    for (const value of impossible) separate.add(value);
    // A model of reshapes of reshapes has one more of them each round: there the rest is copied.
    if (round >= ROUNDS) for (const value of reshaped(program)) separate.add(value);
  }
}

function reshaped({ kernels }: Program): ValueId[] {
  return kernels.flatMap(({ view, output }) => (view?.kind === "reshape" ? [output] : []));
}

function withAliases(program: Program, aliases: Aliases): Program {
  const values = program.values.map((value, id): Value => {
    const alias = aliases[id];
    return alias === undefined ? value : { ...value, alias };
  });
  return { ...program, values };
}

/**
 * Concats are taken from the last to the first, so that in DenseNet the largest is the home of all its
 * prefixes. Values in `separate` are left with a buffer of their own.
 */
function findAliases(program: Program, separate: ReadonlySet<ValueId>): Aliases {
  const aliases: Aliases = program.values.map(() => undefined);
  const fixed = viewsOfInputs(program);
  for (const kernel of program.kernels) {
    if (separate.has(kernel.output) || !looksOn(kernel, program.values, fixed)) continue;
    aliases[kernel.output] = { kind: "view", of: viewed(kernel), view: kernel.view! };
  }
  const written = writtenValues(program);
  const readers = readersOf(program);
  const movable = (root: ValueId): boolean => written[root]! && !separate.has(root);
  for (const kernel of [...program.kernels].reverse()) {
    if (kernel.view?.kind !== "concat") continue;
    liveInView(kernel.output, readers, movable, aliases);
    findConcatParts(kernel, kernel.view.axis, program.values, aliases, movable);
  }
  return aliases;
}

/** Whether a view could be one: of no constant, and of an input only where that lies as readers like it. */
function looksOn(
  kernel: ProgramKernel,
  values: readonly Value[],
  fixed: ReadonlySet<ValueId>,
): boolean {
  const { view, output } = kernel;
  if (view === undefined || view.kind === "concat") return false;
  const [from, to] = [values[viewed(kernel)]!, values[output]!];
  if (from.constant !== undefined) return false;
  if (!fixed.has(output)) return true;
  const seen = orderThrough(view, from.type.dims, from.order!, to.type.dims);
  return seen?.every((d, i) => d === to.order![i]) === true;
}

/**
 * A concat that only a reshape or a transpose reads lives in what that makes of it: its own dims are nobody's
 * layout, and the other value may want a margin.
 */
function liveInView(
  concat: ValueId,
  readers: ReturnType<typeof readersOf>,
  movable: (root: ValueId) => boolean,
  aliases: Aliases,
): void {
  for (let value = concat; ;) {
    const [reader, ...others] = readers[value]!;
    if (reader === undefined || others.length > 0 || aliases[value] !== undefined) return;
    const alias = aliases[reader.output];
    if (!movable(value) || alias?.kind !== "view" || alias.of !== value) return;
    if (inverseView(alias.view) === undefined) return;
    turnAround(reader.output, aliases);
    value = reader.output;
  }
}
