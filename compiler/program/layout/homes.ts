/** Decides which values share memory: slices, splits, transposes, reshapes and concats as windows of one home. */
import type { Operand } from "../../graph/definition.js";
import type { View } from "../../ops/op.js";
import type { TensorType } from "../../base/tensor.js";
import type { Program, ProgramKernel } from "../program.js";
import { readersOf } from "./orders.js";

/** How a value's place follows from another value's place. */
export type Derivation =
  /** A view of `from`, as its op's `view` says. */
  | { readonly kind: "view"; readonly from: Operand; readonly view: View }
  /** The part of a concat's output that begins at `offset` along `axis`. */
  | {
      readonly kind: "part";
      readonly from: Operand;
      readonly axis: number;
      readonly offset: number;
    };

export interface Homes {
  /** Values that live inside another value's memory; every other value has a buffer of its own. */
  readonly derived: ReadonlyMap<Operand, Derivation>;
  readonly types: ReadonlyMap<Operand, TensorType>;
}

export function valueTypes(program: Program): Map<Operand, TensorType> {
  const types = new Map<Operand, TensorType>();
  for (const { name, type } of program.inputs) types.set(`%${name}`, type);
  for (const kernel of program.kernels) types.set(kernel.output, kernel.kernel.output);
  for (const { constant } of program.constants) types.set(`@${constant.name}`, constant.type);
  return types;
}

/**
 * Concats are taken from the last to the first, so that in DenseNet the largest is the home of all its
 * prefixes. Values in `separate` are left with a buffer of their own.
 */
export function findHomes(program: Program, separate: ReadonlySet<Operand>): Homes {
  const types = valueTypes(program);
  const derived = new Map<Operand, Derivation>();
  const written = new Set(program.kernels.map((kernel) => kernel.output));
  for (const kernel of program.kernels) {
    const { view } = kernel;
    if (view === undefined || view.kind === "concat" || separate.has(kernel.output)) continue;
    const from = kernel.kernel.inputs[0]!.name as Operand;
    if (!from.startsWith("@")) derived.set(kernel.output, { kind: "view", from, view });
  }
  const readers = readersOf(program);
  const movable = (root: Operand): boolean => written.has(root) && !separate.has(root);
  for (const kernel of [...program.kernels].reverse()) {
    if (kernel.view?.kind !== "concat") continue;
    liveInView(kernel.output, readers, movable, derived);
    placeConcat(kernel, kernel.view.axis, types, derived, movable);
  }
  return { derived, types };
}

/**
 * A concat that only a reshape or a transpose reads lives in what that makes of it: its own dims are nobody's
 * layout, and the other value may want a margin.
 */
function liveInView(
  concat: Operand,
  readers: ReadonlyMap<Operand, readonly ProgramKernel[]>,
  movable: (root: Operand) => boolean,
  derived: Map<Operand, Derivation>,
): void {
  const [reader, ...others] = readers.get(concat) ?? [];
  if (reader === undefined || others.length > 0 || derived.has(concat) || !movable(concat)) return;
  const view = derived.get(reader.output);
  if (view?.kind !== "view" || view.from !== concat || inverseView(view.view) === undefined) return;
  turnAround(reader.output, derived);
  liveInView(reader.output, readers, movable, derived);
}

/** The view that undoes one; undefined for a slice, which loses elements. */
function inverseView(view: View): View | undefined {
  switch (view.kind) {
    case "permute":
      return {
        kind: "permute",
        permutation: view.permutation.map((_, d) => view.permutation.indexOf(d)),
      };
    case "reshape":
      return view;
    case "slice":
    case "concat":
      return undefined;
    default:
      return view satisfies never;
  }
}

/** What `value` is a view of, through any number of reshapes and transposes, becomes a view of it. */
function turnAround(value: Operand, derived: Map<Operand, Derivation>): void {
  const derivation = derived.get(value);
  derived.delete(value);
  if (derivation?.kind !== "view") return;
  turnAround(derivation.from, derived);
  const view = inverseView(derivation.view)!;
  derived.set(derivation.from, { kind: "view", from: value, view });
}

/** The buffer's owner that `value` is all of, seen through reshapes and transposes alone. */
function wholeRoot(value: Operand, derived: ReadonlyMap<Operand, Derivation>): Operand | undefined {
  const derivation = derived.get(value);
  if (derivation === undefined) return value;
  if (derivation.kind !== "view" || inverseView(derivation.view) === undefined) return undefined;
  return wholeRoot(derivation.from, derived);
}

function placeConcat(
  kernel: ProgramKernel,
  axis: number,
  types: ReadonlyMap<Operand, TensorType>,
  derived: Map<Operand, Derivation>,
  movable: (root: Operand) => boolean,
): void {
  const parts = concatParts(kernel, axis, types);
  const whole = commonHome(parts, axis, derived);
  if (whole !== undefined && !derived.has(kernel.output)) {
    derived.set(kernel.output, { ...whole, axis });
    return;
  }
  for (const { operand, offset } of parts) {
    const root = wholeRoot(operand, derived);
    if (root === undefined || !movable(root) || livesIn(kernel.output, root, derived)) continue;
    turnAround(operand, derived);
    derived.set(operand, { kind: "part", from: kernel.output, axis, offset });
  }
}

/** The operands of a concat in order, with where each begins. */
export function concatParts(
  kernel: ProgramKernel,
  axis: number,
  types: ReadonlyMap<Operand, TensorType>,
): { readonly operand: Operand; readonly offset: number; readonly size: number }[] {
  let offset = 0;
  return kernel.kernel.computes.map((compute) => {
    const body = compute.body;
    if (body.kind !== "load") throw new Error("a concat copies its operands");
    const operand = body.source as Operand;
    const size = types.get(operand)!.dims[axis]!;
    const part = { operand, offset, size };
    offset += size;
    return part;
  });
}

/** Where all operands already lie one after the other in one home, the concat is there too. */
function commonHome(
  parts: ReturnType<typeof concatParts>,
  axis: number,
  derived: ReadonlyMap<Operand, Derivation>,
): { kind: "part"; from: Operand; offset: number } | undefined {
  const first = derived.get(parts[0]!.operand);
  if (first?.kind !== "part" || first.axis !== axis) return undefined;
  const lined = parts.every(({ operand, offset }) => {
    const home = derived.get(operand);
    return (
      home?.kind === "part" &&
      home.from === first.from &&
      home.axis === axis &&
      home.offset === first.offset + offset
    );
  });
  return lined ? { kind: "part", from: first.from, offset: first.offset } : undefined;
}

/** Whether `value` lives, through any number of steps, inside `home`. */
function livesIn(
  value: Operand,
  home: Operand,
  derived: ReadonlyMap<Operand, Derivation>,
): boolean {
  for (let at: Operand | undefined = value; at !== undefined; at = derived.get(at)?.from) {
    if (at === home) return true;
  }
  return false;
}

/** The value whose buffer this one lives in. */
export function rootOf(value: Operand, derived: ReadonlyMap<Operand, Derivation>): Operand {
  let at = value;
  for (let next = derived.get(at); next !== undefined; next = derived.get(at)) at = next.from;
  return at;
}
