/**
 * Reads narrow weights where they are used: a product that reads each weight once, as that of a matrix and a vector
 * does, takes them as they lie, and what is common to a sum is multiplied once.
 *
 *   %w = mul(cast(@q), @s)
 *   %y = matmul(%x, %w, @b)    =>    y[j] = (Σ x[k] · cast(q[j, k])) · s[j] + b[j]
 */
import { accumulator, add, mul } from "../../compute/expr.js";
import type { Compute, Expr, Kernel } from "../../compute/ir.js";
import { exprMentions, mapExpr } from "../../compute/walk.js";
import { computedAs, elementCount } from "../../base/tensor.js";
import type { ProgramKernel } from "../program.js";

/** Weights of fewer bytes in f32 stay in the caches from run to run: widened at load they are read faster. */
const LARGE = 1024 * 1024;

/** Whether a kernel widens many weights that lie narrow: what it writes is larger than what it reads. */
export function widensMany({ kernel, operands }: ProgramKernel): boolean {
  const { dims, dtype } = kernel.output;
  return (
    dtype === "f32" &&
    4 * elementCount(dims) >= LARGE &&
    Object.keys(operands).length > 0 &&
    kernel.inputs.every(({ constant }) => constant === true) &&
    kernel.inputs.some(
      ({ type }) => isNarrow(type.dtype) && elementCount(type.dims) === elementCount(dims),
    )
  );
}

function isNarrow(dtype: string): boolean {
  return (
    dtype === "i8" || (dtype !== "f64" && dtype !== "f32" && computedAs(dtype as "f16") === "f32")
  );
}

/** A kernel whose sums of products have their common factors behind them. */
export function withFactorsBehind(kernel: Kernel): Kernel {
  return { ...kernel, computes: kernel.computes.map(behind) };
}

function behind(compute: Compute): Compute {
  const { reduce, combine, body, init, epilogue } = compute;
  if (reduce.length === 0 || combine !== "sum" || body.dtype !== "f32") return compute;
  const isTerm = (factor: Expr): boolean => reduce.some(({ name }) => exprMentions(factor, name));
  const all = factorsOf(body);
  const [terms, common] = [all.filter(isTerm), all.filter((factor) => !isTerm(factor))];
  const [first, ...rest] = terms;
  if (first === undefined || common.length === 0) return compute;
  const scaled = common.reduce<Expr>((product, factor) => mul(product, factor), accumulator("f32"));
  const sum = init === undefined ? scaled : add(scaled, init);
  const { init: _, ...without } = compute;
  return {
    ...without,
    body: rest.reduce<Expr>((product, factor) => mul(product, factor), first),
    epilogue:
      epilogue === undefined
        ? sum
        : mapExpr(epilogue, (inner) => (inner.kind === "accumulator" ? sum : undefined)),
  };
}

/** Of a product, whose partial products need not be rounded. */
export function factorsOf(expr: Expr): readonly Expr[] {
  if (expr.kind === "unary" && expr.op === "fround") return factorsOf(expr.operand);
  if (expr.kind === "binary" && expr.op === "mul" && expr.dtype === "f32")
    return [...factorsOf(expr.left), ...factorsOf(expr.right)];
  return [expr];
}
