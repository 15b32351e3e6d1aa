/** The calls of a run in order, those that hang on a condition inside one test of it. */
import type { Condition } from "../program/lowered.js";

interface Conditional {
  readonly when?: readonly Condition[];
}

/** `test` writes one test around the statements that hang on it. */
export function conditionalCalls<Call extends Conditional>(
  calls: readonly Call[],
  print: (call: Call) => string,
  test: (condition: Condition, inner: readonly string[]) => string,
  depth = 0,
): string[] {
  const lines: string[] = [];
  for (let at = 0; at < calls.length;) {
    const condition = calls[at]!.when?.[depth];
    if (condition === undefined) {
      lines.push(print(calls[at++]!));
      continue;
    }
    const from = at;
    while (at < calls.length && isSame(calls[at]!.when?.[depth], condition)) at++;
    lines.push(test(condition, conditionalCalls(calls.slice(from, at), print, test, depth + 1)));
  }
  return lines;
}

function isSame(a: Condition | undefined, b: Condition): boolean {
  return a?.element === b.element && a.is === b.is;
}
