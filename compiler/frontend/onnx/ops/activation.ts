/** How ONNX's activations are read: one row an op. */
import { z } from "zod";
import { tensor } from "../../../base/tensor.js";
import { float, layer, row, same, type Row, type Site, type Value } from "../importSite.js";
import { one, scalar, type Since } from "./pointwise.js";

/** An op of x with numbers of the same names, by their defaults. */
function withNumbers(
  op: string,
  since: Since,
  defaults: Readonly<Record<string, number>>,
  input = "X",
): Row {
  const attributes = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, float.default(value)]),
  );
  return row({ inputs: input, attributes, since, build: same(op) });
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Bounds are attributes of clip where the file knows them; one that is no number, or is known only at run time, is
 * a maximum or a minimum of its own.
 */
function clip({ inputs, attributes, constant }: Site<Bounds>): Value {
  const [x] = inputs;
  const bound = (input: 1 | 2, attribute: number | undefined, none: number) => {
    const operand = inputs[input];
    const data = operand === undefined ? undefined : constant(input)?.data;
    const given = operand === undefined ? attribute : data?.length === 1 ? Number(data[0]) : NaN;
    const number = given === none ? undefined : given;
    return { number, value: operand ?? (number === undefined ? undefined : scalar(number)) };
  };
  const low = bound(1, attributes.min, -Infinity);
  const high = bound(2, attributes.max, Infinity);
  if ([low, high].every(({ number }) => number === undefined || Number.isFinite(number)))
    return layer("clip", [x], { min: low.number, max: high.number });
  const raised = low.number === undefined ? x! : layer("max", [x, low.value]);
  return high.number === undefined ? raised : layer("min", [raised, high.value]);
}

/** A slope of one dimension belongs to the last dimension since opset 7, to the channels in our op. */
function prelu({ inputs: [x, slope], constantType, type, opset }: Site): Value {
  if (opset < 7) return layer("prelu", [x, slope]);
  const { dtype, dims } = constantType(1) ?? {};
  if (dtype === "f32") {
    const last = dims!.length === 1 && dims![0]! > 1 && type(0).dims.length > 1;
    return layer("prelu", [x, last ? layer("unsqueeze", [slope], { axes: [0] }) : slope]);
  }
  const negative = layer("less", [x, tensor(type(0).dtype, [], [0])]);
  return layer("where", [negative, layer("mul", [x, slope]), x]);
}

export function swish({ inputs: [x], attributes: { alpha } }: Site<{ alpha: number }>): Value {
  if (alpha === 1) return layer("silu", [x]);
  return layer("mul", [x, layer("sigmoid", [layer("mul", [x, scalar(alpha)])])]);
}

export const activationRows: Readonly<Record<string, Row>> = {
  Relu: one("relu", [6, 13, 14]),
  LeakyRelu: withNumbers("leakyRelu", [6, 16], { alpha: 0.01 }),
  PRelu: row({ inputs: "X slope", since: [6, 7, 9, 16], build: prelu }),
  Elu: withNumbers("elu", [6, 22], { alpha: 1 }),
  Selu: withNumbers("selu", [6, 22], { alpha: 1.6732632, gamma: 1.050701 }),
  Celu: withNumbers("celu", [12, 28], { alpha: 1 }),
  Gelu: row({
    inputs: "X",
    attributes: { approximate: z.enum(["none", "tanh"]).default("none") },
    since: [20],
    build: same("gelu"),
  }),
  Clip: row({
    inputs: "input min? max?",
    attributes: { min: float.optional(), max: float.optional() },
    since: [6, [11, []], [12, []], [13, []]],
    build: clip,
  }),
  ThresholdedRelu: withNumbers("thresholdedRelu", [10, 22], { alpha: 1 }),
  Shrink: withNumbers("shrink", [9], { bias: 0, lambd: 0.5 }, "input"),
  Sigmoid: one("sigmoid", [6, 13]),
  HardSigmoid: withNumbers("hardSigmoid", [6, 22], { alpha: 0.2, beta: 0.5 }),
  HardSwish: one("hardSwish", [14, 22]),
  Swish: row({
    inputs: "X",
    attributes: { alpha: float.default(1) },
    since: [24],
    build: swish,
  }),
  Mish: one("mish", [18, 22]),
  Tanh: one("tanh", [6, 13], "input"),
  Softplus: one("softplus", [1, 22]),
  Softsign: one("softsign", [1, 22], "input"),
};
