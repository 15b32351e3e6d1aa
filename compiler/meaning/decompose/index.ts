/** Rewrites elementary functions into primitives, so that every engine and target computes the same bytes. */
import { asin, acos, atan } from "./inverseTrigonometric.js";
import { acosh, asinh, atanh, log, log1p } from "./logarithm.js";
import { cosh, exp, expm1, onePlusExp, sinh, tanh } from "./exponential.js";
import { cos, sin, tan } from "./trigonometric.js";
import { erf } from "./erf.js";
import { pow } from "./pow.js";
import { mapCompute } from "../../compute/expr.js";
import { isElementary } from "../../compute/operators.js";
import type { ElementaryOp, Expr, Index, Kernel } from "../../compute/ir.js";

const ELEMENTARY: Readonly<Record<ElementaryOp, (x: Expr) => Expr>> = {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  erf,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
};

/**
 * The expression with elementary functions and pow written as primitives that every target prints. Subtrees
 * used more than once are shared by reference. The results hold in f64 arithmetic that rounds only at `bits`
 * as well as where every operation rounds to f32: within 4 units in the last place of f32, special values
 * exact (of sin, cos and tan for |x| ≤ 10⁴).
 */
export function decompose(expr: Expr): Expr {
  return createDecomposer()(expr);
}

/** A kernel whose elementary functions are polynomials of primitives. */
export function decomposeKernel(kernel: Kernel): Kernel {
  return { ...kernel, computes: kernel.computes.map((compute) => mapCompute(compute, decompose)) };
}

/** A `decompose` that keeps what two expressions share shared. */
export function createDecomposer(): (expr: Expr) => Expr {
  const done = new Map<Expr, Expr>();
  const rewrite = (expr: Expr): Expr => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    const result = rewriteNode(expr, rewrite);
    done.set(expr, result);
    return result;
  };
  return rewrite;
}

function rewriteNode(expr: Expr, rewrite: (expr: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "constant":
    case "accumulator":
      return expr;
    case "index":
      return { ...expr, index: rewriteIndex(expr.index, rewrite) };
    case "load":
      return { ...expr, index: expr.index.map((index) => rewriteIndex(index, rewrite)) };
    case "unary": {
      const operand = rewrite(expr.operand);
      if (isElementary(expr.op)) return ELEMENTARY[expr.op](operand);
      return { ...expr, operand };
    }
    case "cast":
      return { ...expr, operand: rewrite(expr.operand) };
    case "binary": {
      const left = rewrite(expr.left);
      if (isOne(left) && expr.op === "add" && isExp(expr.right))
        return onePlusExp(rewrite(expr.right.operand));
      const right = rewrite(expr.right);
      return expr.op === "pow" ? pow(left, right) : { ...expr, left, right };
    }
    case "select": {
      const condition = rewrite(expr.condition);
      const then = rewrite(expr.then);
      return { ...expr, condition, then, otherwise: rewrite(expr.otherwise) };
    }
    default:
      return expr satisfies never;
  }
}

function isOne(expr: Expr): boolean {
  return expr.kind === "constant" && expr.dtype === "f32" && expr.value === 1;
}

function isExp(expr: Expr): expr is Extract<Expr, { kind: "unary" }> {
  return expr.kind === "unary" && expr.op === "exp";
}

function rewriteIndex(index: Index, rewrite: (expr: Expr) => Expr): Index {
  if (index.terms.every((term) => typeof term.of === "string")) return index;
  const terms = index.terms.map((term) =>
    typeof term.of === "string"
      ? term
      : { ...term, of: { ...term.of, value: rewrite(term.of.value) } },
  );
  return { ...index, terms };
}
