/** Rewrites elementary functions into primitives, so that every engine and target computes the same bytes. */
import { asin, acos, atan } from "./inverseTrigonometric.js";
import { acosh, asinh, atanh, log, log1p } from "./logarithm.js";
import { cosh, exp, expm1, onePlusExp, sinh, tanh } from "./exponential.js";
import { cos, sin, tan } from "./trigonometric.js";
import { erf } from "./erf.js";
import { pow } from "./pow.js";
import { roundSteps } from "../roundSteps.js";
import { mapCompute } from "../../compute/expr.js";
import { isElementary } from "../../compute/operators.js";
import { mapEveryOperand } from "../../compute/walk.js";
import type { ElementaryOp, Expr, Kernel } from "../../compute/ir.js";

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
 * as well as where every operation rounds to f32: within 4 units in the last place of f32 (erf within 5), special values
 * exact (of sin, cos and tan for |x| ≤ 10⁴).
 */
export function decompose(expr: Expr): Expr {
  return createDecomposer()(expr);
}

/**
 * A kernel as every target computes it: rounded before each step, and with polynomials of primitives for
 * elementary functions, which know themselves where to round.
 */
export function decomposeKernel(kernel: Kernel): Kernel {
  const rounded = roundSteps(kernel);
  return { ...kernel, computes: rounded.computes.map((compute) => mapCompute(compute, decompose)) };
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
  if (expr.kind === "binary" && expr.op === "add" && isOne(expr.left) && isExp(expr.right))
    return onePlusExp(rewrite(expr.right.operand));
  const inner = mapEveryOperand(expr, rewrite);
  if (inner.kind === "unary" && isElementary(inner.op)) return ELEMENTARY[inner.op](inner.operand);
  if (inner.kind === "binary" && inner.op === "pow") return pow(inner.left, inner.right);
  return inner;
}

function isOne(expr: Expr): boolean {
  return expr.kind === "constant" && expr.dtype === "f32" && expr.value === 1;
}

function isExp(expr: Expr): expr is Extract<Expr, { kind: "unary" }> {
  return expr.kind === "unary" && expr.op === "exp";
}
