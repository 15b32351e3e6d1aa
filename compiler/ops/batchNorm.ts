/** Batch normalisation, by statistics that were measured in training. */
import { z } from "zod";
import { add, div, load, mul, sub, unary } from "../compute/expr.js";
import type { Expr } from "../compute/ir.js";
import { axesOf, indicesOf, kernelInputs } from "./axes.js";
import { checkParameters, epsilon, operandOf } from "./normOperands.js";
import { defineOp, type OperandSpec } from "./op.js";

const BATCH: readonly OperandSpec[] = [
  { name: "x" },
  { name: "scale" },
  { name: "bias" },
  { name: "mean" },
  { name: "variance" },
];

/** scale · (x − mean) / √(variance + ε) + bias, a number each for every channel (dimension 1). */
export const batchNorm = defineOp({
  name: "batchNorm",
  operands: BATCH,
  attributes: z.strictObject({ epsilon }),
  infer(inputs) {
    const x = operandOf(inputs, 2);
    checkParameters(BATCH, inputs, [x.dims[1]!]);
    return { type: x };
  },
  compute({ inputs, attributes, output }) {
    const axes = axesOf(output.dims);
    const index = indicesOf(axes);
    const channel = (name: string): Expr => load(name, [index[1]!]);
    const deviation = unary("sqrt", add(channel("variance"), attributes.epsilon));
    const scale = div(channel("scale"), deviation);
    const body = add(mul(sub(load("x", index), channel("mean")), scale), channel("bias"));
    return {
      outer: [],
      inputs: kernelInputs(BATCH, inputs),
      constants: [],
      temporaries: [],
      computes: [{ target: "out", axes, reduce: [], body, index }],
      output,
    };
  },
  layout: "operand",
  tolerance: 16,
});
