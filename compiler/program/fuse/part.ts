/** A kernel with the values it reads, and how the names that it has for them are kept apart from another's. */
import type { Compute, Expr, Index, Kernel, KernelInput } from "../../compute/ir.js";
import { mapCompute } from "../../compute/expr.js";
import { mapExpr } from "../../compute/walk.js";
import type { Operands, ValueId } from "../program.js";

/** The meaning of some nodes, over sources of its own names. */
export interface Part {
  readonly kernel: Kernel;
  readonly operands: Operands;
}

/** The name that a part has for a value; undefined where it does not read it. */
export function sourceOf({ operands }: Part, value: ValueId): string | undefined {
  return Object.keys(operands).find((source) => operands[source] === value);
}

/** A part that has one name for each value: of two inputs that are one value the first stays. */
export function withOneNameEach(part: Part): Part {
  const first = new Map<ValueId, string>();
  for (const { name } of part.kernel.inputs) {
    const value = part.operands[name]!;
    if (!first.has(value)) first.set(value, name);
  }
  return renameSources(part, (source) => first.get(part.operands[source]!) ?? source);
}

/** `part` with the names that `other` has for the same values, and none that `other` has for anything else. */
export function alignNames(part: Part, other: Part): Part {
  const theirs = new Map(Object.entries(other.operands).map(([source, value]) => [value, source]));
  const others = new Set(sourcesOf(other.kernel));
  const taken = new Set(["out", ...others, ...sourcesOf(part.kernel)]);
  const names = new Map<string, string>();
  for (const source of sourcesOf(part.kernel)) {
    const value = part.operands[source];
    const known = value === undefined ? undefined : theirs.get(value);
    names.set(source, known ?? (others.has(source) ? freshName(source, taken) : source));
  }
  return renameSources(part, (source) => names.get(source) ?? source);
}

function sourcesOf({ inputs, constants, temporaries }: Kernel): string[] {
  return [...inputs, ...constants, ...temporaries].map(({ name }) => name);
}

/** x => x_2, x_3 …, marked as taken. */
function freshName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}

/** Renames what a kernel loads; inputs that become equal are listed once. */
function renameSources({ kernel, operands }: Part, rename: (source: string) => string): Part {
  const inputs = new Map<string, KernelInput>();
  for (const input of kernel.inputs) {
    const name = rename(input.name);
    if (!inputs.has(name)) inputs.set(name, { operand: input.name, ...input, name });
  }
  const inExpr = (expr: Expr): Expr => mapSources(expr, rename);
  const renamed: Kernel = {
    ...kernel,
    inputs: [...inputs.values()],
    constants: kernel.constants.map(({ name, value }) => ({ name: rename(name), value })),
    temporaries: kernel.temporaries.map((one) => ({ ...one, name: rename(one.name) })),
    computes: kernel.computes.map((compute): Compute => ({
      ...mapCompute(compute, inExpr),
      target: compute.target === "out" ? "out" : rename(compute.target),
    })),
  };
  const values = Object.entries(operands).map(([source, value]) => [rename(source), value]);
  return { kernel: renamed, operands: Object.fromEntries(values) as Operands };
}

/** What does not change stays the same object: subtrees that two expressions share stay shared, and code small. */
function mapSources(expr: Expr, rename: (source: string) => string): Expr {
  const inIndex = (index: Index): Index => {
    if (index.terms.every(({ of }) => typeof of === "string")) return index;
    const terms = index.terms.map(({ of, coefficient }) => ({
      coefficient,
      of: typeof of === "string" ? of : { ...of, value: mapSources(of.value, rename) },
    }));
    return { constant: index.constant, terms };
  };
  return mapExpr(expr, (inner) => {
    if (inner.kind === "load") {
      const [source, index] = [rename(inner.source), inner.index.map(inIndex)];
      const same = source === inner.source && index.every((one, d) => one === inner.index[d]);
      return same ? inner : { ...inner, source, index };
    }
    if (inner.kind === "index") {
      const index = inIndex(inner.index);
      return index === inner.index ? inner : { ...inner, index };
    }
    return undefined;
  });
}
