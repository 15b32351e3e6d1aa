/** Indices of strips at one row of one step: what they come to, and whether two of them go the same way from there. */
import type { Index } from "../../compute/ir.js";

/** Where steps stand, and the row of a Compute. */
export type Steps = ReadonlyMap<string, number>;

export function coefficientOf({ terms }: Index, axis: string): number {
  return terms.find(({ of }) => of === axis)?.coefficient ?? 0;
}

/** An index where some axes stand at a number and all others at 0. */
export function valueAt({ terms, constant }: Index, at: Steps): number {
  return terms.reduce(
    (sum, { of, coefficient }) =>
      sum + coefficient * (typeof of === "string" ? (at.get(of) ?? 0) : 0),
    constant,
  );
}

export function isConstant({ terms, constant }: Index, value: number): boolean {
  return terms.length === 0 && constant === value;
}

export function shifted(index: Index, by: number): Index {
  return { ...index, constant: index.constant + by };
}

/** Whether an index over a row is one over steps, where these stand, whatever all other axes are. */
export function sameAt(
  meant: Index,
  own: Index,
  axis: string,
  row: number,
  here: Steps,
  renamed: ReadonlyMap<string, string>,
): boolean {
  const rest = (index: Index, gone: (axis: string) => boolean): Map<string, number> => {
    const left = new Map<string, number>();
    for (const { of, coefficient } of index.terms)
      if (typeof of === "string" && !gone(of)) {
        const name = renamed.get(of) ?? of;
        left.set(name, (left.get(name) ?? 0) + coefficient);
      }
    return left;
  };
  const [a, b] = [rest(meant, (name) => name === axis), rest(own, (name) => here.has(name))];
  const value = valueAt(meant, new Map([[axis, row]]));
  return (
    value === valueAt(own, here) &&
    a.size === b.size &&
    [...a].every(([name, coefficient]) => b.get(name) === coefficient)
  );
}
