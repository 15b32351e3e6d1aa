/** Goes through expressions: rebuilds them, visits what they are made of, and tells whether two are the same. */
import type { Expr, Index, Kernel, Opaque } from "./ir.js";

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

/** One expression over what `map` makes of the expressions directly below it, those of opaque index terms included. */
export function mapEveryOperand(expr: Expr, map: (expr: Expr) => Expr): Expr {
  return mapOperands(expr, map, (index) => mapOpaque(index, map));
}

export function mapOpaque(index: Index, map: (expr: Expr) => Expr): Index {
  if (isAffine(index)) return index;
  const terms = index.terms.map((term) =>
    typeof term.of === "string" ? term : { ...term, of: { ...term.of, value: map(term.of.value) } },
  );
  return { ...index, terms };
}

function mapOperands(
  expr: Expr,
  again: (expr: Expr) => Expr,
  inIndex: (index: Index) => Index = (index) => index,
): Expr {
  switch (expr.kind) {
    case "constant":
    case "accumulator":
      return expr;
    case "index": {
      const index = inIndex(expr.index);
      return index === expr.index ? expr : { ...expr, index };
    }
    case "load": {
      const index = expr.index.map(inIndex);
      return index.every((one, d) => one === expr.index[d]) ? expr : { ...expr, index };
    }
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

/** Operations of a kernel's expressions as they are written, each that is shared counted once. */
export function operationCount({ computes }: Kernel): number {
  let count = 0;
  for (const { init, body, epilogue } of computes)
    for (const expr of [init, body, epilogue])
      if (expr !== undefined) walkExpr(expr, () => count++);
  return count;
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

export function isAffine({ terms }: Index): boolean {
  return terms.every(({ of }) => typeof of === "string");
}

/** What is opaque in indices. */
export function opaqueValues(indices: readonly Index[]): Expr[] {
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

/** Whether two terms stand for the same value whatever their coefficients. */
export function sameTerm(a: string | Opaque, b: string | Opaque): boolean {
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
function sameExpr(a: Expr, b: Expr): boolean {
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
        JSON.stringify(a.boundary) === JSON.stringify(b.boundary)
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
