/** Addresses as sums over axes: enough to tell whether two accesses meet, and much cheaper than the accesses of a lowering. */
import type { Extents } from "../compute/affine.js";
import type { Index } from "../compute/ir.js";
import type { Place } from "./place.js";
import { regionOfRuns, type Region } from "./region.js";

/** constant + Σ step · axis, in elements of a buffer; axes that stand still are left out. */
export interface LinearAddress {
  readonly constant: number;
  readonly steps: ReadonlyMap<string, number>;
}

/** Where an index is in a place; undefined where it depends on more than axes, or the place has blocks. */
export function linearAddress(
  index: readonly Index[],
  place: Place,
  extents: Extents,
): LinearAddress | undefined {
  if (place.block !== undefined) return undefined;
  const steps = new Map<string, number>();
  let constant = place.offset;
  for (let d = 0; d < index.length; d++) {
    const { terms, constant: start } = index[d]!;
    const stride = place.strides[d]!;
    constant += start * stride;
    for (const { of, coefficient } of terms) {
      if (typeof of !== "string") return undefined;
      if (extents.get(of) !== 1) steps.set(of, (steps.get(of) ?? 0) + coefficient * stride);
    }
  }
  return { constant, steps };
}

/** Whether two addresses are equal for all values of their axes. */
export function sameAddress(a: LinearAddress | undefined, b: LinearAddress | undefined): boolean {
  if (a === undefined || b === undefined || a.constant !== b.constant) return false;
  for (const [axis, step] of a.steps) if ((b.steps.get(axis) ?? 0) !== step) return false;
  for (const [axis, step] of b.steps) if ((a.steps.get(axis) ?? 0) !== step) return false;
  return true;
}

/** Everywhere an address goes while its axes run. */
export function regionOfAddress({ constant, steps }: LinearAddress, extents: Extents): Region {
  const runs = [...steps].map(([axis, stride]) => ({ count: extents.get(axis)!, stride }));
  return regionOfRuns(constant, runs);
}
