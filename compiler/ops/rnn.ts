/** rnn: the plain recurrent layer (Elman 1990), one direction, of inputs that are multiplied by their weights already. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { accumulator } from "../compute/expr.js";
import { defineOp, type OperandSpec } from "./op.js";
import { LENGTHS, RECURRENT_ATTRIBUTES, recurrentKernel, recurrentType } from "./recurrent.js";
import { activationsOf } from "./recurrentActivation.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "r" },
  { name: "h", optional: true },
  LENGTHS,
];

/**
 * h = tanh(x[t] + r · h), where x [seq, batch, hidden] are the products with the weights of the input, biases added,
 * r [hidden, hidden] the recurrent weights, and h [batch, hidden] the state before the first step (zeros by default).
 * The output is [1, seq, batch, hidden], h of each step.
 */
export const rnn = defineOp({
  name: "rnn",
  operands: OPERANDS,
  attributes: z.strictObject(RECURRENT_ATTRIBUTES),
  infer: (inputs, attributes) => ({
    type: recurrentType(
      OPERANDS,
      inputs,
      { gates: 1, others: ["state"], activations: 1 },
      attributes,
      1,
    ),
  }),
  compute(context) {
    const [f] = activationsOf(["tanh"], context.attributes);
    return recurrentKernel(OPERANDS, context, (layer) => {
      const { n, at, each, product, rows, valid } = layer;
      const next = product("next", "r", "state", 1, layer.x(axisIndex(rows(1))));
      return {
        states: [["state", "h"]],
        temporaries: [{ name: "next", dtype: "f32", dims: [n.extent, rows(1).extent] }],
        computes: [
          { ...next, epilogue: f!(accumulator()) },
          each("state", valid(at("next"), at("state"))),
        ],
      };
    });
  },
  layout: "row-major",
});
