/** gru: gated recurrent unit, one direction, of inputs that are multiplied by their weights already. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { add, load, mul, sub } from "../compute/expr.js";
import type { Expr, Temporary } from "../compute/ir.js";
import { reject, defineOp, type OperandSpec } from "./op.js";
import {
  LENGTHS,
  RECURRENT_ATTRIBUTES,
  recurrentKernel,
  recurrentType,
  type Recurrence,
  type RecurrentSteps,
} from "./recurrent.js";
import { activationsOf } from "./recurrentActivation.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "r" },
  { name: "h", optional: true },
  { name: "b", optional: true },
  { name: "rn", optional: true },
  LENGTHS,
];

const ATTRIBUTES = z.strictObject({
  ...RECURRENT_ATTRIBUTES,
  /** The order of gates in x, r and b: ONNX's, or PyTorch's. */
  gates: z.enum(["zrn", "rzn"]).default("zrn"),
});
type Attributes = z.output<typeof ATTRIBUTES>;

/**
 * x [seq, batch, 3 · hidden] are the products with the weights of the input, biases added, which one matrix product
 * makes of the whole sequence; h [batch, hidden] is the state before the first step (zeros by default). With
 * recurrent weights r [3 · hidden, hidden] and their bias b [3 · hidden] the reset gate comes after the product (Cho et
 * al. 2014 as in PyTorch; ONNX's linear_before_reset):
 *
 *   z, r, n = r · h + b;  n = tanh(x_n + σ(x_r + r) · n);  h = (1 − σ(x_z + z)) · n + σ(x_z + z) · h
 *
 * With r [2 · hidden, hidden], of z and r alone, and rn [hidden, hidden] it comes before: n = tanh(x_n + rn · (r · h)).
 * The output is [1, seq, batch, hidden], h of each step.
 */
export const gru = defineOp({
  name: "gru",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const before = inputs[4] !== undefined;
    if (before && inputs[3] !== undefined)
      reject("extra-input", "b is the bias of r where there is no rn: add it to x");
    const recurrent = before ? 2 : 3;
    const others = ["state", 3, [1, 1]] as const;
    const shape = { gates: 3, recurrent, others, activations: 2 };
    return { type: recurrentType(OPERANDS, inputs, shape, attributes, 1) };
  },
  compute(context) {
    const { attributes, inputs } = context;
    return recurrentKernel(OPERANDS, context, (layer) =>
      inputs[4] === undefined
        ? resetAfter(layer, attributes, inputs[3] !== undefined)
        : resetBefore(layer, attributes),
    );
  },
  layout: "row-major",
});

const scratch = ({ n }: Recurrence, name: string, width: number): Temporary => ({
  name,
  dtype: "f32",
  dims: [n.extent, width],
});

/** (1 − z) · n + z · h */
function mixed(z: Expr, fresh: Expr, state: Expr): Expr {
  return add(mul(sub(1, z), fresh), mul(z, state));
}

function resetAfter(layer: Recurrence, attributes: Attributes, hasBias: boolean): RecurrentSteps {
  const { n, at, each, gate, product, rows, valid } = layer;
  const [f, g] = activationsOf(["sigmoid", "tanh"], attributes);
  const j = rows(3);
  const position = (name: string): number => attributes.gates.indexOf(name);
  const sum = (name: string): Expr => load("gates", [axisIndex(n), gate(position(name))]);
  const x = (name: string): Expr => layer.x(gate(position(name)));
  const fresh = g!(add(x("n"), mul(f!(add(x("r"), sum("r"))), sum("n"))));
  const next = mixed(f!(add(x("z"), sum("z"))), fresh, at("state"));
  const bias = hasBias ? load("b", [axisIndex(j)]) : undefined;
  return {
    states: [["state", "h"]],
    temporaries: [scratch(layer, "gates", j.extent)],
    computes: [product("gates", "r", "state", 3, bias), each("state", valid(next, at("state")))],
  };
}

function resetBefore(layer: Recurrence, attributes: Attributes): RecurrentSteps {
  const { n, c, at, each, gate, product, rows, valid } = layer;
  const [f, g] = activationsOf(["sigmoid", "tanh"], attributes);
  const j = rows(2);
  const sum = (name: string): Expr =>
    f!(load("gates", [axisIndex(n), gate(attributes.gates.indexOf(name))]));
  // Of rn · (r · h), which has one gate, the axis goes over what is summed elsewhere.
  const fresh = product("fresh", "rn", "reset", 1, layer.x(atGate(layer, 2)));
  return {
    states: [["state", "h"]],
    temporaries: [
      scratch(layer, "gates", j.extent),
      scratch(layer, "reset", c.extent),
      scratch(layer, "fresh", c.extent),
    ],
    computes: [
      product("gates", "r", "state", 2, layer.x(axisIndex(j))),
      each("reset", mul(sum("r"), at("state"))),
      fresh,
      each("state", valid(mixed(sum("z"), g!(at("fresh")), at("state")), at("state"))),
    ],
  };
}

/** Where the rows of a product of one gate lie among all gates. */
function atGate({ rows, c }: Recurrence, position: number) {
  const index = axisIndex(rows(1));
  return { ...index, constant: position * c.extent };
}
