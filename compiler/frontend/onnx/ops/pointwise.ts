/** How ONNX's pointwise ops are read: one row an op. */
import { z } from "zod";
import { tensor, type DType } from "../../../base/tensor.js";
import { exactType } from "../../../onnx/elementTypes.js";
import {
  flag,
  float,
  integer,
  layer,
  refuse,
  row,
  same,
  type Layer,
  type Row,
  type Site,
  type Value,
} from "../importSite.js";

type Since = readonly number[];

const one = (op: string, since: Since, input = "X"): Row =>
  row({ inputs: input, since, build: same(op) });
const two = (op: string, since: Since): Row => row({ inputs: "A B", since, build: same(op) });

interface OldBroadcast {
  readonly axis?: number | undefined;
  readonly broadcast?: boolean | undefined;
}

/** Until opset 6 B is aligned at `axis` of A, at the end by default. */
function aligned({ inputs: [, b], attributes: { axis }, type }: Site<OldBroadcast>): Value {
  if (axis === undefined) return b!;
  const [left, right] = [type(0).dims.length, type(1).dims.length];
  const after = left - right - (axis < 0 ? axis + left : axis);
  if (after < 0)
    refuse(`axis ${axis} of ${left} dimensions for ${right}`, undefined, "bad-attribute");
  const axes = Array.from({ length: after }, (_, i) => right + i);
  return axes.length === 0 ? b! : layer("unsqueeze", [b], { axes });
}

/** Two operands that opset 7 taught to broadcast as numpy does. */
const broadcasting = (op: string, old: number, since: Since): Row =>
  row({
    inputs: "A B",
    attributes: { axis: integer.optional(), broadcast: flag.optional() },
    since: [old, ...since.map((version) => [version, []] as const)],
    build: (site) => layer(op, [site.inputs[0], aligned(site)]),
  });

const TRIGONOMETRIC = [7, 22] as const;
const HYPERBOLIC = [9, 22] as const;
const ARITHMETIC = [7, 13, 14] as const;

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

/** The operands joined two by two: a chain, as other engines add them. */
function chain(op: string, { inputs: [first, ...rest] }: Site): Value {
  return rest.reduce<Value>((joined, next) => layer(op, [joined, next]), first!);
}

const variadic = (op: string, since: Since): Row =>
  row({ inputs: "data_0…", since, build: (site) => chain(op, site) });

export function scalar(value: number) {
  return tensor("f32", [], [value]);
}

export function castTo(to: DType, value: Value): Layer {
  return layer("cast", [value], { to });
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Bounds are attributes of clip where the file knows them, otherwise operands of max and min. */
/** A bound that is no number, or is known only at run time, is a maximum or a minimum of its own. */
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

function cast({ inputs: [x], attributes: { to } }: Site<{ to: number }>): Value {
  return castTo(exactType(to, "the type to cast to"), x!);
}

/** The result is of the base's type; a square is a product, exactly. */
function pow(site: Site<OldBroadcast>): Value {
  const {
    inputs: [x],
    constant,
    type,
  } = site;
  const y = aligned(site);
  const exponent = constant(1);
  if (exponent?.type.dims.length === 0 && Number(exponent.data[0]) === 2) {
    return layer("mul", [x, x]);
  }
  const [base, power] = [type(0).dtype, type(1).dtype];
  const value = layer("pow", [
    base === "f32" ? x : castTo("f32", x!),
    power === "f32" ? y : castTo("f32", y),
  ]);
  return base === "f32" ? value : castTo(base, power === "f32" ? value : layer("round", [value]));
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

function swish({ inputs: [x], attributes: { alpha } }: Site<{ alpha: number }>): Value {
  if (alpha === 1) return layer("silu", [x]);
  return layer("mul", [x, layer("sigmoid", [layer("mul", [x, scalar(alpha)])])]);
}

export const pointwiseRows: Readonly<Record<string, Row>> = {
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
  Erf: one("erf", [9, 13], "input"),
  Exp: one("exp", [6, 13], "input"),
  Log: one("log", [6, 13], "input"),
  Sqrt: one("sqrt", [6, 13]),
  Abs: one("abs", [6, 13]),
  Neg: one("neg", [6, 13]),
  Reciprocal: one("reciprocal", [6, 13]),
  Floor: one("floor", [6, 13]),
  Ceil: one("ceil", [6, 13]),
  Round: one("round", [11, 22]),
  Sign: one("sign", [9, 13], "input"),
  Sin: one("sin", TRIGONOMETRIC, "input"),
  Cos: one("cos", TRIGONOMETRIC, "input"),
  Tan: one("tan", TRIGONOMETRIC, "input"),
  Asin: one("asin", TRIGONOMETRIC, "input"),
  Acos: one("acos", TRIGONOMETRIC, "input"),
  Atan: one("atan", TRIGONOMETRIC, "input"),
  Sinh: one("sinh", HYPERBOLIC, "input"),
  Cosh: one("cosh", HYPERBOLIC, "input"),
  Asinh: one("asinh", HYPERBOLIC, "input"),
  Acosh: one("acosh", HYPERBOLIC, "input"),
  Atanh: one("atanh", HYPERBOLIC, "input"),
  Add: broadcasting("add", 6, ARITHMETIC),
  Sub: broadcasting("sub", 6, ARITHMETIC),
  Mul: broadcasting("mul", 6, ARITHMETIC),
  Div: broadcasting("div", 6, ARITHMETIC),
  Pow: row({
    inputs: "X Y",
    attributes: { axis: integer.optional(), broadcast: flag.optional() },
    since: [1, [7, []], [12, []], [13, []], [15, []]],
    build: pow,
  }),
  Mod: row({
    inputs: "A B",
    attributes: { fmod: flag.default(false) },
    since: [10, 13, 28],
    build: same("mod"),
  }),
  Sum: variadic("add", [6, 8, 13]),
  Max: variadic("max", [6, 8, 12, 13]),
  Min: variadic("min", [6, 8, 12, 13]),
  Mean: row({
    inputs: "data_0…",
    since: [6, 8, 13],
    build: (site) => layer("div", [chain("add", site), scalar(site.inputs.length)]),
  }),
  Equal: broadcasting("equal", 1, [7, 11, 13, 19]),
  Less: broadcasting("less", 1, [7, 9, 13]),
  Greater: broadcasting("greater", 1, [7, 9, 13]),
  LessOrEqual: two("lessOrEqual", [12, 16]),
  GreaterOrEqual: two("greaterOrEqual", [12, 16]),
  And: broadcasting("and", 1, [7]),
  Or: broadcasting("or", 1, [7]),
  Xor: broadcasting("xor", 1, [7]),
  Not: one("not", [1]),
  IsNaN: one("isNaN", [9, 13, 20]),
  IsInf: row({
    inputs: "X",
    attributes: { detect_negative: flag.default(true), detect_positive: flag.default(true) },
    since: [10, 20],
    build: ({ inputs, attributes }) =>
      layer("isInf", inputs, {
        detectNegative: attributes.detect_negative,
        detectPositive: attributes.detect_positive,
      }),
  }),
  Where: row({ inputs: "condition X Y", since: [9, 16], build: same("where") }),
  Cast: row({
    inputs: "input",
    attributes: { to: integer, saturate: flag.optional(), round_mode: z.string().optional() },
    since: [
      [6, ["to"]],
      [9, ["to"]],
      [13, ["to"]],
      [19, ["to", "saturate"]],
      [21, ["to", "saturate"]],
      [23, ["to", "saturate"]],
      24,
      25,
      28,
    ],
    build: cast,
  }),
  CastLike: row({
    inputs: "input target_type",
    attributes: { saturate: flag.optional(), round_mode: z.string().optional() },
    since: [[15, []], [19, ["saturate"]], [21, ["saturate"]], [23, ["saturate"]], 24, 25],
    build: ({ inputs: [x], type }) => castTo(type(1).dtype, x!),
  }),
};
