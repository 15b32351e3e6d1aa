/** lpPool: the p-norm of every window. */
import { z } from "zod";
import { accumulator, binary, mul, unary } from "../compute/expr.js";
import type { Expr } from "../compute/ir.js";
import { defineOp } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import {
  canonicalPool,
  inferPool,
  MAX_POOL,
  POOL_OPERANDS,
  poolCompute,
  poolKernel,
  windowOf,
} from "./pool.js";

/** (Σ |x|ᵖ)^(1/p) over every window, where padding is 0 (ONNX LpPool). */
export const lpPool = defineOp({
  name: "lpPool",
  operands: POOL_OPERANDS,
  attributes: z.strictObject({ ...MAX_POOL.shape, p: z.int().min(1).max(1024).default(2) }),
  infer(inputs, attributes) {
    const { type, window } = inferPool(inputs, attributes, FLOAT);
    return { type, attributes: { ...canonicalPool(attributes, window), p: attributes.p } };
  },
  compute({ inputs, attributes, output }) {
    const x = inputs[0]!;
    const compute = poolCompute(x, output, windowOf(x, attributes), "sum");
    const { p } = attributes;
    const body = power(compute.body, p);
    return poolKernel(x, output, { ...compute, body, epilogue: root(accumulator(), p) });
  },
  layout: "channels-last",
  /** pow is less exact than products and roots. */
  tolerance: 32,
});

/** |x|ᵖ */
function power(x: Expr, p: number): Expr {
  if (p === 2) return mul(x, x);
  return p === 1 ? unary("abs", x) : binary("pow", unary("abs", x), p);
}

function root(sum: Expr, p: number): Expr {
  if (p === 2) return unary("sqrt", sum);
  return p === 1 ? sum : binary("pow", sum, 1 / p);
}
