/** lstm: long short-term memory, one direction, of inputs that are multiplied by their weights already. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { add, load, mul, sub } from "../compute/expr.js";
import type { Expr } from "../compute/ir.js";
import { defineOp, type OperandSpec } from "./op.js";
import { LENGTHS, RECURRENT_ATTRIBUTES, recurrentKernel, recurrentType } from "./recurrent.js";
import { activationsOf } from "./recurrentActivation.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "r" },
  { name: "h", optional: true },
  { name: "c", optional: true },
  { name: "p", optional: true },
  LENGTHS,
];

const DEFAULTS = ["sigmoid", "tanh", "tanh"] as const;

/**
 * x [seq, batch, 4 · hidden] are the products with the weights of the input, biases added, which one matrix product
 * makes of the whole sequence; r [4 · hidden, hidden] are the recurrent weights, h and c [batch, hidden] the states
 * before the first step (zeros by default), p [3 · hidden] peepholes of the gates i, o, f (Hochreiter & Schmidhuber
 * 1997, Gers & Schmidhuber 2000; ONNX LSTM):
 *
 *   i, o, f, g = x[t] + r · h;  c = σ(f + p_f · c) · c + σ(i + p_i · c) · tanh(g);  h = σ(o + p_o · c) · tanh(c)
 *
 * The output is [1, seq, batch, hidden], h of each step, or with `cell` [2, …], h and c.
 */
export const lstm = defineOp({
  name: "lstm",
  operands: OPERANDS,
  attributes: z.strictObject({
    ...RECURRENT_ATTRIBUTES,
    /** The order of gates in x and r: ONNX's, or PyTorch's. */
    gates: z.enum(["iofg", "ifgo"]).default("iofg"),
    /** Whether the output has c, too. */
    cell: z.boolean().default(false),
    /** Couples the gates of what comes in and what is forgotten: f = 1 − i, as onnxruntime does. */
    inputForget: z.boolean().default(false),
  }),
  infer: (inputs, attributes) => ({
    type: recurrentType(
      OPERANDS,
      inputs,
      { gates: 4, others: ["state", "state", 3], activations: 3 },
      attributes,
      attributes.cell ? 2 : 1,
    ),
  }),
  compute(context) {
    const { attributes, inputs } = context;
    const [f, g] = activationsOf(DEFAULTS, attributes);
    // Sums of gates are clipped, the cell is not, as in onnxruntime.
    const [, , h] = activationsOf(DEFAULTS, { ...attributes, clip: undefined });
    return recurrentKernel(OPERANDS, context, (layer) => {
      const { n, at, each, gate, product, rows, valid } = layer;
      const cell = at("cell");
      const sum = (name: string): Expr =>
        load("gates", [axisIndex(n), gate(attributes.gates.indexOf(name))]);
      const peep = (name: string): Expr =>
        inputs[4] === undefined
          ? sum(name)
          : add(sum(name), mul(load("p", [gate("iof".indexOf(name))]), cell));
      const enter = f!(peep("i"));
      const forget = attributes.inputForget ? sub(1, enter) : f!(peep("f"));
      const next = add(mul(forget, cell), mul(enter, g!(sum("g"))));
      const j = rows(4);
      return {
        states: [
          ["state", "h"],
          ["cell", "c"],
        ],
        temporaries: [{ name: "gates", dtype: "f32", dims: [n.extent, j.extent] }],
        computes: [
          product("gates", "r", "state", 4, layer.x(axisIndex(j))),
          each("cell", valid(next, cell)),
          each("state", valid(mul(f!(peep("o")), h!(cell)), at("state"))),
        ],
      };
    });
  },
  layout: "row-major",
});
