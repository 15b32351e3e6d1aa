/** Turns a logical index and a Place into a flat address over axes, with the guards that remain. */
import {
  addIndex,
  axisIndex,
  constantIndex,
  floorDivIndex,
  indexExpr,
  intervalOf,
  modIndex,
  opaqueIndex,
  scaleIndex,
  ZERO,
  type Extents,
} from "../compute/affine.js";
import { binary, select } from "../compute/expr.js";
import type { Index, Boundary } from "../compute/ir.js";
import { exprMentions, mentions } from "../compute/walk.js";
import type { Block, Place } from "./place.js";

/** One side or both of a dimension that an index may leave. */
export interface Guard {
  readonly index: Index;
  readonly dim: number;
}

/** An axis that runs over a blocked dimension: floor(i / size) · stride + (i mod size) · inner. */
export interface Blocked {
  readonly axis: string;
  readonly size: number;
  readonly stride: number;
  readonly inner: number;
}

export interface Access {
  /** Elements from the start of the place. */
  readonly address: Index;
  readonly blocked?: Blocked;
  readonly guards: readonly Guard[];
  /** What a failed guard yields. */
  readonly fill: number;
}

/**
 * The access of a value of the given dims at `index`. A bound is checked only where the index can leave
 * the value and no margin on that side holds what `boundary` says.
 */
export function resolveAccess(
  index: readonly Index[],
  dims: readonly number[],
  place: Place,
  extents: Extents,
  boundary: Boundary | undefined,
): Access {
  const guards: Guard[] = [];
  let address = ZERO;
  let blocked: Blocked | undefined;
  index.forEach((one, d) => {
    const dim = dims[d]!;
    let at = one;
    if (boundary !== undefined && !coveredByMargin(one, d, dim, place, extents, boundary)) {
      if (boundary.mode === "constant") guards.push({ index: one, dim });
      else at = foldInside(one, dim, boundary.mode, extents);
    }
    if (place.block?.dim === d && place.block.size > 1) {
      blocked = blockedAxis(at, dim, place.block, place.strides[d]!, extents);
      if (blocked === undefined) address = addIndex(address, scaleIndex(at, place.strides[d]!));
    } else {
      address = addIndex(address, scaleIndex(at, place.strides[d]!));
    }
  });
  const fill = boundary?.mode === "constant" ? boundary.value : 0;
  return blocked === undefined ? { address, guards, fill } : { address, blocked, guards, fill };
}

/** A dimension of one block needs no division; otherwise the index must be one whole axis. */
function blockedAxis(
  index: Index,
  dim: number,
  block: Block,
  inner: number,
  extents: Extents,
): Blocked | undefined {
  if (dim <= block.size) return undefined;
  const [term] = index.terms;
  const whole = index.terms.length === 1 && index.constant === 0 && term?.coefficient === 1;
  if (!whole || typeof term.of !== "string" || extents.get(term.of) !== dim) {
    throw new Error(`an index crosses packing blocks of ${block.size}: it must be one whole axis`);
  }
  return { axis: term.of, size: block.size, stride: block.stride, inner };
}

export function sameBoundary(a: Boundary | undefined, b: Boundary | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.mode === "constant") return b.mode === "constant" && Object.is(a.value, b.value);
  return a.mode === b.mode;
}

function coveredByMargin(
  index: Index,
  d: number,
  dim: number,
  place: Place,
  extents: Extents,
  boundary: Boundary,
): boolean {
  const range = intervalOf(index, extents);
  const below = Math.max(0, -range.min);
  const above = Math.max(0, range.max - (dim - 1));
  if (below === 0 && above === 0) return true;
  if (!sameBoundary(place.fill, boundary)) return false;
  const [before, after] = place.margin?.[d] ?? [0, 0];
  return below <= before && above <= after;
}

/** The index that a padding mode reads instead; reflect does not repeat the edge. */
function foldInside(
  index: Index,
  dim: number,
  mode: "reflect" | "replicate" | "circular",
  extents: Extents,
): Index {
  switch (mode) {
    case "replicate":
      return opaqueIndex(indexExpr(index), 0, dim - 1);
    case "circular":
      return modIndex(index, dim, extents);
    case "reflect": {
      if (dim === 1) return constantIndex(0);
      const period = 2 * (dim - 1);
      const folded = indexExpr(modIndex(index, period, extents));
      const mirrored = binary("sub", period, folded);
      return opaqueIndex(select(binary("lt", folded, dim), folded, mirrored), 0, dim - 1);
    }
    default:
      return mode satisfies never;
  }
}

/**
 * Replaces fused axes, outer to inner, by one long axis: 56·s·oh + s·ow => s·m. Where strides do not merge, as those of
 * rows with room between them, what is left at the end of each row is added: 60·s·oh + s·ow => s·m + 4·s·⌊m / 56⌋.
 * Throws where rows lie over one another, and where an opaque term mentions one of the axes.
 */
export function fuseIndex(
  index: Index,
  name: string,
  axes: readonly string[],
  extents: Extents,
): Index {
  const coefficient = (axis: string): number =>
    index.terms.find((term) => term.of === axis)?.coefficient ?? 0;
  const rest = index.terms.filter((term) => typeof term.of !== "string" || !axes.includes(term.of));
  const fused = axisIndex(name);
  const whole = new Map([[name, axes.reduce((count, axis) => count * extents.get(axis)!, 1)]]);
  let sum: Index = { terms: rest, constant: index.constant };
  let inner = 1;
  let merged = 0;
  for (const axis of [...axes].reverse()) {
    const between = coefficient(axis) - merged;
    if (between < 0 && inner > 1) throw new Error(`rows of ${axes.join(", ")} lie over each other`);
    sum = addIndex(sum, scaleIndex(floorDivIndex(fused, inner, whole), between));
    merged = coefficient(axis) * extents.get(axis)!;
    inner *= extents.get(axis)!;
  }
  return sum;
}

/** Whether an index moves by one stride from each step of some axes, outer to inner, to the next. */
export function liesEvenly(index: Index, axes: readonly string[], extents: Extents): boolean {
  const coefficient = (axis: string): number =>
    index.terms.find((term) => term.of === axis)?.coefficient ?? 0;
  let expected = coefficient(axes.at(-1)!);
  for (const axis of [...axes].reverse()) {
    if (coefficient(axis) !== expected) return false;
    expected *= extents.get(axis)!;
  }
  return true;
}

/** Elements between neighbouring lanes; undefined where lanes are not evenly spaced or are guarded one by one. */
export function laneStride(access: Access, axis: string): number | undefined {
  if (access.guards.some((guard) => mentions(guard.index, axis))) return undefined;
  if (access.blocked?.axis === axis) return access.blocked.inner;
  let stride = 0;
  for (const { of, coefficient } of access.address.terms) {
    if (of === axis) stride = coefficient;
    else if (typeof of !== "string" && exprMentions(of.value, axis)) return undefined;
  }
  return stride;
}
