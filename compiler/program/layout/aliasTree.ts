/** Walks the forest of aliases: each value with the one whose memory it lives in, up to the owner of a buffer. */
import type { View } from "../../compute/view.js";
import type { Alias, Value, ValueId } from "../program.js";

/** Where each value lives, by its id; undefined for the owner of a buffer. */
export type Aliases = (Alias | undefined)[];

/** Something of each value, by its id, that follows from the same of the value that it lives in. */
export function fromRoots<T>(
  values: readonly Value[],
  derive: (value: Value, whole: T | undefined, id: ValueId) => T,
): readonly T[] {
  const found: (T | undefined)[] = values.map(() => undefined);
  const done: boolean[] = values.map(() => false);
  values.forEach((_, id) => {
    const way: ValueId[] = [];
    for (let at: ValueId | undefined = id; at !== undefined && !done[at];) {
      way.push(at);
      at = values[at]!.alias?.of;
    }
    for (const one of way.reverse()) {
      const { alias } = values[one]!;
      found[one] = derive(values[one]!, alias === undefined ? undefined : found[alias.of], one);
      done[one] = true;
    }
  });
  return found as T[];
}

/** The value whose buffer each value lives in, by its id. */
export function rootsOf(values: readonly Value[]): readonly ValueId[] {
  return fromRoots<ValueId>(values, (_, whole, id) => whole ?? id);
}

/** The view that undoes one; undefined for a slice, which loses elements. */
export function inverseView(view: View): View | undefined {
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
export function turnAround(value: ValueId, aliases: Aliases): void {
  let at = value;
  let alias = aliases[at];
  aliases[at] = undefined;
  while (alias?.kind === "view") {
    const next: Alias | undefined = aliases[alias.of];
    aliases[alias.of] = { kind: "view", of: at, view: inverseView(alias.view)! };
    at = alias.of;
    alias = next;
  }
}

/** The buffer's owner that `value` is all of, seen through reshapes and transposes alone. */
export function wholeRoot(value: ValueId, aliases: Aliases): ValueId | undefined {
  let at = value;
  for (let alias = aliases[at]; alias !== undefined; alias = aliases[at]) {
    if (alias.kind !== "view" || inverseView(alias.view) === undefined) return undefined;
    at = alias.of;
  }
  return at;
}

/** `value` and every value that it lives in. */
export function wholesOf(value: ValueId, aliases: Aliases): ReadonlySet<ValueId> {
  const wholes = new Set([value]);
  for (let alias = aliases[value]; alias !== undefined; alias = aliases[alias.of])
    wholes.add(alias.of);
  return wholes;
}
