/** Writes expressions and indices with as few parentheses as precedence allows. */
import { operandsOf } from "../walk.js";
import type { Expr, Index, IndexTerm, Boundary, Scalar } from "../ir.js";
import { callText, operatorOf, PRECEDENCE, prefixOf } from "../operators.js";
import { constantText, nameText } from "./token.js";

/** A subexpression that is used more than once. */
export interface Binding {
  readonly name: string;
  readonly text: string;
}

export interface ExprPrinter {
  /** Shared subexpressions without the accumulator, each after those that it uses. */
  readonly before: readonly Binding[];
  /** Those that the accumulator occurs in. */
  readonly after: readonly Binding[];
  text(expr: Expr): string;
}

type Text = (expr: Expr, tightness?: number) => string;

/** A printer for expressions that may share subexpressions; leaves are written out each time. */
export function createExprPrinter(roots: readonly Expr[]): ExprPrinter {
  const names = new Map<Expr, string>();
  const text: Text = (expr, tightness = 0) => names.get(expr) ?? exprText(expr, tightness, text);
  const bind = (expr: Expr): Binding => {
    const binding = { name: `t${names.size}`, text: exprText(expr, 0, text) };
    names.set(expr, binding.name);
    return binding;
  };
  const { shared, accumulating } = analyse(roots);
  const before = shared.filter((expr) => !accumulating.has(expr)).map(bind);
  const after = shared.filter((expr) => accumulating.has(expr)).map(bind);
  return { before, after, text: (expr) => text(expr) };
}

interface Analysis {
  /** What is used more than once and is more than a leaf, operands first. */
  readonly shared: readonly Expr[];
  /** Expressions that the accumulator occurs in. */
  readonly accumulating: ReadonlySet<Expr>;
}

function analyse(roots: readonly Expr[]): Analysis {
  const uses = new Map<Expr, number>();
  const accumulating = new Set<Expr>();
  const ordered: Expr[] = [];
  const visit = (expr: Expr): void => {
    const known = uses.get(expr);
    uses.set(expr, (known ?? 0) + 1);
    if (known !== undefined) return;
    const operands = operandsOf(expr);
    operands.forEach(visit);
    ordered.push(expr);
    if (expr.kind === "accumulator" || operands.some((one) => accumulating.has(one)))
      accumulating.add(expr);
  };
  roots.forEach(visit);
  const shared = ordered.filter((expr) => uses.get(expr)! > 1 && operandsOf(expr).length > 0);
  return { shared, accumulating };
}

function exprText(expr: Expr, tightness: number, text: Text): string {
  const wrap = (inner: string, precedence: number): string =>
    precedence < tightness ? `(${inner})` : inner;
  switch (expr.kind) {
    case "constant":
      return constantText(expr.value, expr.dtype);
    case "accumulator":
      return "acc";
    case "index":
      return callText("index", [indexText(expr.index, text)]);
    case "load": {
      const index = expr.index.map((one) => indexText(one, text)).join(", ");
      const boundary = expr.boundary === undefined ? "" : boundaryText(expr.boundary, expr.dtype);
      return `${nameText(expr.source)}[${index}${boundary}]`;
    }
    case "unary": {
      const prefix = prefixOf(expr.op, expr.operand.kind === "constant");
      if (prefix === undefined) return callText(expr.op, [text(expr.operand)]);
      return wrap(`${prefix}${text(expr.operand, PRECEDENCE.unary)}`, PRECEDENCE.unary);
    }
    case "binary": {
      const operator = operatorOf(expr.op);
      if (operator === undefined) return callText(expr.op, [text(expr.left), text(expr.right)]);
      const { symbol, precedence, left, right } = operator;
      return wrap(`${text(expr.left, left)} ${symbol} ${text(expr.right, right)}`, precedence);
    }
    case "select":
      return callText("select", [text(expr.condition), text(expr.then), text(expr.otherwise)]);
    case "cast":
      return callText(expr.dtype, [text(expr.operand)]);
    default:
      return expr satisfies never;
  }
}

function boundaryText(boundary: Boundary, dtype: Scalar): string {
  if (boundary.mode !== "constant") return ` boundary ${boundary.mode}`;
  return ` boundary ${constantText(boundary.value, dtype)}`;
}

/** `2*oh + kh - 1`, `clamp(rows[oh], 0, 3)`, `0` */
export function indexText(index: Index, text: (expr: Expr) => string): string {
  const parts = index.terms.map((term) => termText(term, text));
  if (index.constant !== 0 || parts.length === 0) parts.push(String(index.constant));
  return parts.reduce((sum, part) =>
    part.startsWith("-") ? `${sum} - ${part.slice(1)}` : `${sum} + ${part}`,
  );
}

function termText({ coefficient, of }: IndexTerm, text: (expr: Expr) => string): string {
  const term =
    typeof of === "string" ? of : callText("clamp", [text(of.value), `${of.min}`, `${of.max}`]);
  if (coefficient === 1) return term;
  return coefficient === -1 ? `-${term}` : `${coefficient}*${term}`;
}
