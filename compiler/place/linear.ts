/** Addresses as sums over axes: enough to tell whether two accesses meet, and much cheaper than the accesses of a lowering. */
import { extentsOf, type Extents } from "../compute/affine.js";
import type { Axis, Index } from "../compute/ir.js";
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

/** Whether two accesses are of one element for all values of their axes, which `axes` lists with their extents. */
export function sameElement(
  [a, from]: readonly [readonly Index[], Place],
  [b, to]: readonly [readonly Index[], Place],
  ...axes: readonly (readonly Axis[])[]
): boolean {
  const shift = shiftBetween([a, from], [b, to]);
  if (shift !== undefined) return shift === 0;
  const extents = extentsOf(...axes);
  return sameAddress(linearAddress(a, from, extents), linearAddress(b, to, extents));
}

/** How far apart two accesses are that go along the same axes by the same strides; undefined for any others. */
function shiftBetween(
  [a, from]: readonly [readonly Index[], Place],
  [b, to]: readonly [readonly Index[], Place],
): number | undefined {
  if (a.length !== b.length || from.block !== undefined || to.block !== undefined) return undefined;
  let shift = to.offset - from.offset;
  for (let d = 0; d < a.length; d++) {
    const [one, other, stride] = [a[d]!, b[d]!, from.strides[d]!];
    const [term, ...more] = one.terms;
    const [twin, ...others] = other.terms;
    if (more.length > 0 || others.length > 0 || typeof term?.of === "object") return undefined;
    if (term?.of !== twin?.of || term?.coefficient !== twin?.coefficient) return undefined;
    if (term !== undefined && stride !== to.strides[d]) return undefined;
    shift += other.constant * to.strides[d]! - one.constant * stride;
  }
  return shift;
}

/** Everywhere an address goes while its axes run. */
export function regionOfAddress({ constant, steps }: LinearAddress, extents: Extents): Region {
  const runs = [...steps].map(([axis, stride]) => ({ count: extents.get(axis)!, stride }));
  return regionOfRuns(constant, runs);
}
