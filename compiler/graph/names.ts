/** How operands are written in texts, and how fresh names are found. */
import { quoteName } from "../base/quote.js";
import type { Operand } from "./definition.js";

/** `%conv1`, `@conv1.weight`, `%"weird name"`; `_` where an optional operand is left out. */
export function formatOperand(operand: Operand | undefined): string {
  return operand === undefined ? "_" : `${operand[0]!}${quoteName(operand.slice(1))}`;
}

/** Names that are taken, for good. */
export interface Names {
  readonly taken: Set<string>;
  /** By base: below this number all are known to be taken, so that no search begins anew. */
  readonly tried: Map<string, number>;
}

export function namesOf(taken: Iterable<string>): Names {
  return { taken: new Set(taken), tried: new Map() };
}

/** A name that is not taken: base, else base.1, base.2, … It is not taken by being found. */
export function freshName({ taken, tried }: Names, base: string): string {
  if (!taken.has(base)) return base;
  let i = tried.get(base) ?? 1;
  while (taken.has(`${base}.${i}`)) i++;
  tried.set(base, i);
  return `${base}.${i}`;
}

/** A fresh name that is taken from here on. */
export function takeName(names: Names, base: string): string {
  const name = freshName(names, base);
  names.taken.add(name);
  return name;
}
