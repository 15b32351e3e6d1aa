/** Arithmetic on indices: sums, products, substitution, and the interval an index can take. */
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

/** Replaces axes by indices in an expression. */
export function substituteExpr(expr: Expr, axes: ReadonlyMap<string, Index>): Expr {
  return mapExpr(expr, (inner) => {
    if (inner.kind === "index") return indexExpr(substituteIndex(inner.index, axes));
    if (inner.kind === "load")
      return { ...inner, index: inner.index.map((index) => substituteIndex(index, axes)) };
    return undefined;
  });
}

/**
 * Rebuilds an expression from the top: `visit` returns a replacement, or undefined to descend.
 * Nodes that do not change keep their identity, shared ones stay shared, and indices of loads are left to
 * `visit`.
 */
export function mapExpr(expr: Expr, visit: (expr: Expr) => Expr | undefined): Expr {
  const done = new Map<Expr, Expr>();
  const again = (inner: Expr): Expr => {
    const known = done.get(inner);
    if (known !== undefined) return known;
    const result = visit(inner) ?? mapOperands(inner, again);
    done.set(inner, result);
    return result;
  };
  return again(expr);
}

function mapOperands(expr: Expr, again: (expr: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "constant":
    case "index":
    case "load":
    case "accumulator":
      return expr;
    case "unary":
    case "cast": {
      const operand = again(expr.operand);
      return operand === expr.operand ? expr : { ...expr, operand };
    }
    case "binary": {
      const left = again(expr.left);
      const right = again(expr.right);
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
    case "select": {
      const condition = again(expr.condition);
      const then = again(expr.then);
      const otherwise = again(expr.otherwise);
      const same =
        condition === expr.condition && then === expr.then && otherwise === expr.otherwise;
      return same ? expr : { ...expr, condition, then, otherwise };
    }
    default:
      return expr satisfies never;
  }
}

/**
 * Calls `visit` for every expression below and including this one, those inside opaque index terms too;
 * once for an object that is shared.
 */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  const seen = new Set<Expr>();
  const walk = (inner: Expr): void => {
    if (seen.has(inner)) return;
    seen.add(inner);
    visit(inner);
    operandsOf(inner).forEach(walk);
  };
  walk(expr);
}

/** The expressions directly below one, those of opaque index terms included. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "constant":
    case "accumulator":
      return [];
    case "index":
      return opaqueValues([expr.index]);
    case "load":
      return opaqueValues(expr.index);
    case "unary":
    case "cast":
      return [expr.operand];
    case "binary":
      return [expr.left, expr.right];
    case "select":
      return [expr.condition, expr.then, expr.otherwise];
    default:
      return expr satisfies never;
  }
}

function opaqueValues(indices: readonly Index[]): Expr[] {
  return indices.flatMap(({ terms }) =>
    terms.flatMap(({ of }) => (typeof of === "string" ? [] : [of.value])),
  );
}

/** Whether an index mentions an axis, in its affine part or inside an opaque term. */
export function mentions(index: Index, axis: string): boolean {
  return index.terms.some((term) =>
    typeof term.of === "string" ? term.of === axis : exprMentions(term.of.value, axis),
  );
}

export function exprMentions(expr: Expr, axis: string): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    if (inner.kind === "index") found ||= inner.index.terms.some((term) => term.of === axis);
    if (inner.kind === "load")
      found ||= inner.index.some((index) => index.terms.some((term) => term.of === axis));
  });
  return found;
}

function sameTerm(a: string | Opaque, b: string | Opaque): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a === b || (a.min === b.min && a.max === b.max && sameExpr(a.value, b.value));
}

export function sameIndex(a: Index, b: Index): boolean {
  return (
    a.constant === b.constant &&
    a.terms.length === b.terms.length &&
    a.terms.every((term) =>
      b.terms.some(
        (other) => other.coefficient === term.coefficient && sameTerm(other.of, term.of),
      ),
    )
  );
}

/** Structural equality; NaN equals NaN, and −0 differs from 0. */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype) return false;
  switch (a.kind) {
    case "constant":
      return b.kind === "constant" && Object.is(a.value, b.value);
    case "accumulator":
      return b.kind === "accumulator";
    case "index":
      return b.kind === "index" && sameIndex(a.index, b.index);
    case "load":
      return (
        b.kind === "load" &&
        a.source === b.source &&
        a.index.every((index, i) => sameIndex(index, b.index[i]!)) &&
        JSON.stringify(a.outside) === JSON.stringify(b.outside)
      );
    case "unary":
      return b.kind === "unary" && a.op === b.op && sameExpr(a.operand, b.operand);
    case "cast":
      return b.kind === "cast" && sameExpr(a.operand, b.operand);
    case "binary":
      return (
        b.kind === "binary" &&
        a.op === b.op &&
        sameExpr(a.left, b.left) &&
        sameExpr(a.right, b.right)
      );
    case "select":
      return (
        b.kind === "select" &&
        sameExpr(a.condition, b.condition) &&
        sameExpr(a.then, b.then) &&
        sameExpr(a.otherwise, b.otherwise)
      );
    default:
      return a satisfies never;
  }
}
