/** Arithmetic on indices: sums, products, substitution, and the interval an index can take. */
import { mapExpr, sameIndex, sameTerm } from "./walk.js";
import type { Axis, Expr, Index, IndexTerm, Opaque } from "./ir.js";

export const ZERO: Index = { terms: [], constant: 0 };

export function constantIndex(constant: number): Index {
  return { terms: [], constant };
}

/** The index that is an axis (a name or an Axis). */
export function axisIndex(axis: string | Axis): Index {
  return {
    terms: [{ coefficient: 1, of: typeof axis === "string" ? axis : axis.name }],
    constant: 0,
  };
}

/** Indices that are axes. */
export function at(...axes: readonly Axis[]): readonly Index[] {
  return axes.map((axis) => axisIndex(axis));
}

/** An opaque i32 value clamped to [min, max] as an index. */
export function opaqueIndex(value: Expr, min: number, max: number): Index {
  return min === max
    ? constantIndex(min)
    : { terms: [{ coefficient: 1, of: { value, min, max } }], constant: 0 };
}

/** Sums indices; equal terms merge, zero terms vanish, order of first appearance is kept. */
export function addIndex(...parts: readonly (Index | number)[]): Index {
  const terms: IndexTerm[] = [];
  let constant = 0;
  for (const part of parts) {
    if (typeof part === "number") {
      constant += part;
      continue;
    }
    constant += part.constant;
    for (const term of part.terms) {
      const at = terms.findIndex((other) => sameTerm(other.of, term.of));
      if (at < 0) terms.push(term);
      else terms[at] = { of: term.of, coefficient: terms[at]!.coefficient + term.coefficient };
    }
  }
  return { terms: terms.filter((term) => term.coefficient !== 0), constant };
}

export function scaleIndex(index: Index, factor: number): Index {
  if (factor === 0) return ZERO;
  return {
    terms: index.terms.map((term) => ({ of: term.of, coefficient: term.coefficient * factor })),
    constant: index.constant * factor,
  };
}

/** floor(index / divisor), kept affine where every coefficient divides evenly and the rest cannot carry. */
export function floorDivIndex(index: Index, divisor: number, extents: Extents): Index {
  if (divisor === 1) return index;
  const { whole, rest } = splitByDivisor(index, divisor);
  const range = intervalOf(rest, extents);
  const low = Math.floor(range.min / divisor);
  if (low === Math.floor(range.max / divisor)) return addIndex(whole, low);
  const value: Expr = {
    kind: "binary",
    dtype: "i32",
    op: "floordiv",
    left: indexExpr(rest),
    right: { kind: "constant", dtype: "i32", value: divisor },
  };
  return addIndex(whole, opaqueIndex(value, low, Math.floor(range.max / divisor)));
}

/** index mod divisor (towards −∞), kept affine where it cannot carry. */
export function modIndex(index: Index, divisor: number, extents: Extents): Index {
  const { rest } = splitByDivisor(index, divisor);
  const range = intervalOf(rest, extents);
  const low = Math.floor(range.min / divisor);
  if (low === Math.floor(range.max / divisor)) return addIndex(rest, -low * divisor);
  const value: Expr = {
    kind: "binary",
    dtype: "i32",
    op: "mod",
    left: indexExpr(rest),
    right: { kind: "constant", dtype: "i32", value: divisor },
  };
  return opaqueIndex(value, 0, divisor - 1);
}

function splitByDivisor(index: Index, divisor: number): { whole: Index; rest: Index } {
  const even = index.terms.filter((term) => term.coefficient % divisor === 0);
  const odd = index.terms.filter((term) => term.coefficient % divisor !== 0);
  const carry = Math.floor(index.constant / divisor);
  return {
    whole: {
      terms: even.map((term) => ({ of: term.of, coefficient: term.coefficient / divisor })),
      constant: carry,
    },
    rest: { terms: odd, constant: index.constant - carry * divisor },
  };
}

/** An index as an i32 expression; a constant index is a constant. */
export function indexExpr(index: Index): Expr {
  if (index.terms.length === 0) return { kind: "constant", dtype: "i32", value: index.constant };
  return { kind: "index", dtype: "i32", index };
}

/** The values each axis takes: 0 to extent − 1. */
export type Extents = ReadonlyMap<string, number>;

export function extentsOf(...axes: readonly (readonly Axis[])[]): Extents {
  return new Map(axes.flat().map((axis) => [axis.name, axis.extent]));
}

export interface Interval {
  readonly min: number;
  readonly max: number;
}

/** The smallest and largest value an index can take; exact for affine indices. */
export function intervalOf(index: Index, extents: Extents): Interval {
  let min = index.constant;
  let max = index.constant;
  for (const term of index.terms) {
    const range = termInterval(term.of, extents);
    const ends = [range.min * term.coefficient, range.max * term.coefficient];
    min += Math.min(...ends);
    max += Math.max(...ends);
  }
  return { min, max };
}

function termInterval(of: string | Opaque, extents: Extents): Interval {
  if (typeof of !== "string") return of;
  const extent = extents.get(of);
  if (extent === undefined) throw new Error(`axis ${of} is not in scope`);
  return { min: 0, max: extent - 1 };
}

/** Replaces axes by indices, inside opaque terms too. */
export function substituteIndex(index: Index, axes: ReadonlyMap<string, Index>): Index {
  const parts = index.terms.map((term) => {
    if (typeof term.of === "string") {
      const replacement = axes.get(term.of);
      return replacement === undefined
        ? { terms: [term], constant: 0 }
        : scaleIndex(replacement, term.coefficient);
    }
    const opaque = opaqueIndex(substituteExpr(term.of.value, axes), term.of.min, term.of.max);
    return scaleIndex(opaque, term.coefficient);
  });
  return addIndex(...parts, index.constant);
}

/** Replaces axes by indices in an expression; what does not change stays the same object. */
export function substituteExpr(expr: Expr, axes: ReadonlyMap<string, Index>): Expr {
  const replace = (index: Index): Index => {
    const replaced = substituteIndex(index, axes);
    return sameIndex(replaced, index) ? index : replaced;
  };
  return mapExpr(expr, (inner) => {
    if (inner.kind === "index") {
      const index = replace(inner.index);
      return index === inner.index ? inner : indexExpr(index);
    }
    if (inner.kind === "load") {
      const index = inner.index.map(replace);
      return index.every((one, d) => one === inner.index[d]) ? inner : { ...inner, index };
    }
    return undefined;
  });
}
