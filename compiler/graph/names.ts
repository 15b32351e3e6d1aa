/** How operands are written in texts, and how fresh names are found. */
import { quoteName } from "../base/quote.js";
import type { Operand } from "./definition.js";

/** `%conv1`, `@conv1.weight`, `%"weird name"`; `_` where an optional operand is left out. */
export function formatOperand(operand: Operand | undefined): string {
  return operand === undefined ? "_" : `${operand[0]!}${quoteName(operand.slice(1))}`;
}

/** A name that `taken` has not: base, else base.1, base.2, … */
export function freshName(base: string, taken: (name: string) => boolean): string {
  if (!taken(base)) return base;
  for (let i = 1; ; i++) {
    if (!taken(`${base}.${i}`)) return `${base}.${i}`;
  }
}
