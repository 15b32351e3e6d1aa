/** How ONNX's pointwise ops are read: one row an op. */
import { z } from "zod";
import { tensor, type DType } from "../../../base/tensor.js";
import {
  flag,
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

export type Since = readonly number[];

/** An op of x with a name of its own and nothing else. */
export const one = (op: string, since: Since, input = "X"): Row =>
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

function cast({ inputs: [x], attributes: { to }, elementType }: Site<{ to: number }>): Value {
  return castTo(elementType(to, "the type to cast to"), x!);
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

export const pointwiseRows: Readonly<Record<string, Row>> = {
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
    build: ({ inputs: [x], dtype }) => castTo(dtype(1), x!),
  }),
};
