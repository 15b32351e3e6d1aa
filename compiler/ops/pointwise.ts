/** The pointwise ops, one row each: a name, the dtypes it takes, its attributes and its formula. */
import { z } from "zod";
import {
  add,
  binary,
  cast,
  constant,
  div,
  max,
  min,
  mul,
  select,
  sub,
  unary,
} from "../compute/expr.js";
import { scalarOf, type BinaryOp, type CompareOp, type Expr, type UnaryOp } from "../compute/ir.js";
import { saturate } from "../meaning/scalarMath.js";
import type { DType } from "../base/tensor.js";
import { clamp, elu, exp, gelu, infinite, positive, rest, softplus } from "./formulas.js";
import type { Op } from "./op.js";
import { reject } from "./op.js";
import { ANY, BOOL, FLOAT, ORDERED, pointwiseOp, type Row } from "./pointwiseOp.js";

const NONE = z.strictObject({});
type None = typeof NONE;

/** Error units of ops that only choose among values, and of single correctly rounded operations. */
const EXACT = 0;
const ROUNDED = 1;

/** An op of one operand x without attributes. */
function of(dtypes: readonly DType[], formula: (x: Expr) => Expr, tolerance?: number): Row<None> {
  return withAttributes(dtypes, NONE, formula, tolerance);
}

/** An op of one operand x. */
function withAttributes<Schema extends z.ZodObject>(
  dtypes: readonly DType[],
  attributes: Schema,
  formula: (x: Expr, attributes: z.output<Schema>) => Expr,
  tolerance?: number,
): Row<Schema> {
  return {
    operands: ["x"],
    dtypes,
    attributes,
    expression: ([x], values) => formula(x!, values),
    ...(tolerance === undefined ? {} : { tolerance }),
  };
}

function primitive(op: UnaryOp, dtypes = FLOAT, tolerance?: number): Row<None> {
  return of(dtypes, (x) => unary(op, x), tolerance);
}

function two(op: BinaryOp, dtypes = ORDERED, tolerance = EXACT): Row<None> {
  return {
    operands: ["x", "y"],
    dtypes,
    attributes: NONE,
    tolerance,
    expression: ([x, y]) => binary(op, x!, y!),
  };
}

/** Arithmetic that a float rounds once and an integer wraps. */
function arithmetic(op: BinaryOp): Row<None> {
  return { ...two(op, ORDERED, ROUNDED), wraps: true };
}

function compare(op: CompareOp, dtypes = ORDERED): Row<None> {
  return { ...two(op, dtypes), result: () => "bool" };
}

const BOUNDS = z.strictObject({ min: z.number().optional(), max: z.number().optional() });

const clip: Row<typeof BOUNDS> = {
  ...withAttributes(
    ORDERED,
    BOUNDS,
    (x, bounds) => {
      const inRange = (bound: number): number => (x.dtype === "f32" ? bound : saturate(bound));
      const low = bounds.min === undefined ? x : max(x, inRange(bounds.min));
      return bounds.max === undefined ? low : min(low, inRange(bounds.max));
    },
    EXACT,
  ),
  check(bounds, dtype) {
    for (const [name, bound] of Object.entries(bounds)) {
      if (dtype === "f32" || bound === undefined || Number.isInteger(bound)) continue;
      reject("bad-attribute", `${name} is ${bound}, but x is ${dtype}: expected an integer`);
    }
  },
};

/** A slope [c] belongs to the channels, as in PyTorch; anything else broadcasts as numpy does. */
const prelu: Row<None> = {
  operands: ["x", "slope"],
  dtypes: FLOAT,
  attributes: NONE,
  tolerance: ROUNDED,
  aligned(position, [x, slope]) {
    const dims = slope!.dims;
    const channels = position === 1 && dims.length === 1 && dims[0] === x!.dims[1];
    if (channels) return [...dims, ...x!.dims.slice(2).map(() => 1)];
    return position === 1 ? dims : x!.dims;
  },
  expression: ([x, slope]) => select(binary("lt", x!, 0), mul(x!, slope!), x!),
};

const DTYPES = ["f32", "i32", "i64", "u8", "i8", "bool"] as const satisfies readonly DType[];
const alpha = (value: number) => z.strictObject({ alpha: z.number().default(value) });

const rows = {
  relu: of(ORDERED, (x) => max(x, 0), EXACT),
  clip,
  leakyRelu: withAttributes(
    FLOAT,
    alpha(0.01),
    (x, a) => select(binary("lt", x, 0), mul(a.alpha, x), x),
    ROUNDED,
  ),
  prelu,
  /** x where it is above alpha, and 0. */
  thresholdedRelu: withAttributes(
    FLOAT,
    alpha(1),
    (x, a) => select(binary("gt", x, a.alpha), x, 0),
    EXACT,
  ),
  /** Towards zero by `bias`, and 0 between −lambd and lambd. */
  shrink: withAttributes(
    FLOAT,
    z.strictObject({ lambd: z.number().default(0.5), bias: z.number().default(0) }),
    (x, a) => {
      const below = select(binary("lt", x, -a.lambd), add(x, a.bias), 0);
      return select(binary("gt", x, a.lambd), sub(x, a.bias), below);
    },
    ROUNDED,
  ),
  elu: withAttributes(FLOAT, alpha(1), (x, a) => elu(x, a.alpha)),
  selu: withAttributes(
    FLOAT,
    z.strictObject({
      alpha: z.number().default(Math.fround(1.6732632423543772)),
      gamma: z.number().default(Math.fround(1.0507009873554805)),
    }),
    (x, a) => mul(a.gamma, elu(x, a.alpha)),
  ),
  celu: withAttributes(FLOAT, z.strictObject({ alpha: z.number().positive().default(1) }), (x, a) =>
    select(positive(x), x, mul(a.alpha, unary("expm1", div(x, a.alpha)))),
  ),
  gelu: withAttributes(
    FLOAT,
    z.strictObject({ approximate: z.enum(["none", "tanh"]).default("none") }),
    (x, a) => gelu(x, a.approximate),
  ),
  sigmoid: of(FLOAT, (x) => div(1, add(1, exp(unary("neg", x))))),
  hardSigmoid: withAttributes(
    FLOAT,
    z.strictObject({ alpha: z.number().default(0.2), beta: z.number().default(0.5) }),
    (x, a) => clamp(add(mul(a.alpha, x), a.beta), 0, 1),
  ),
  hardSwish: of(FLOAT, (x) => mul(x, clamp(add(mul(x, 1 / 6), 0.5), 0, 1))),
  silu: of(FLOAT, (x) => div(x, add(1, exp(unary("neg", x))))),
  mish: of(FLOAT, (x) => mul(x, unary("tanh", softplus(x)))),
  tanh: primitive("tanh"),
  softplus: of(FLOAT, softplus),
  softsign: of(FLOAT, (x) => div(x, add(1, unary("abs", x)))),
  erf: primitive("erf"),
  exp: primitive("exp"),
  log: primitive("log"),
  sin: primitive("sin"),
  cos: primitive("cos"),
  tan: primitive("tan"),
  asin: primitive("asin"),
  acos: primitive("acos"),
  atan: primitive("atan"),
  sinh: primitive("sinh"),
  cosh: primitive("cosh"),
  asinh: primitive("asinh"),
  acosh: primitive("acosh"),
  atanh: primitive("atanh"),
  sqrt: primitive("sqrt", FLOAT, ROUNDED),
  abs: { ...primitive("abs", ORDERED, EXACT), wraps: true },
  neg: { ...primitive("neg", ORDERED, EXACT), wraps: true },
  reciprocal: of(FLOAT, (x) => div(1, x), ROUNDED),
  floor: primitive("floor", FLOAT, EXACT),
  ceil: primitive("ceil", FLOAT, EXACT),
  round: primitive("round", FLOAT, EXACT),
  /** The last arm keeps NaN and zero. */
  sign: of(
    ORDERED,
    (x) => select(positive(x), 1, select(binary("lt", x, 0), constant(-1, x.dtype), x)),
    EXACT,
  ),
  add: arithmetic("add"),
  sub: arithmetic("sub"),
  mul: arithmetic("mul"),
  div: arithmetic("div"),
  pow: two("pow", FLOAT, 64),
  mod: {
    operands: ["x", "y"],
    dtypes: ORDERED,
    attributes: z.strictObject({ fmod: z.boolean().default(false) }),
    tolerance: ROUNDED,
    wraps: true,
    expression: ([x, y]: readonly Expr[], { fmod }: { fmod: boolean }) => rest(x!, y!, fmod),
  },
  min: two("min"),
  max: two("max"),
  equal: compare("eq", ANY),
  less: compare("lt"),
  greater: compare("gt"),
  lessOrEqual: compare("le"),
  greaterOrEqual: compare("ge"),
  and: two("and", BOOL),
  or: two("or", BOOL),
  xor: two("xor", BOOL),
  not: primitive("not", BOOL, EXACT),
  isNaN: { ...primitive("isnan", FLOAT, EXACT), result: () => "bool" },
  isInf: {
    ...withAttributes(
      FLOAT,
      z.strictObject({
        detectNegative: z.boolean().default(true),
        detectPositive: z.boolean().default(true),
      }),
      infinite,
      EXACT,
    ),
    result: () => "bool",
  },
  where: {
    operands: ["condition", "x", "y"],
    conditions: ["condition"],
    dtypes: ANY,
    attributes: NONE,
    tolerance: EXACT,
    expression: ([condition, x, y]) => select(condition!, x!, y!),
  } satisfies Row<None>,
  cast: {
    ...withAttributes(
      ANY,
      z.strictObject({ to: z.enum(DTYPES) }),
      (x, { to }) => cast(scalarOf(to), x),
      EXACT,
    ),
    wraps: true,
    result: ({ to }: { to: DType }) => to,
  },
};

type Rows = typeof rows;
type PointwiseOps = {
  readonly [Name in keyof Rows & string]: Op<Name, Rows[Name]["attributes"]>;
};

/** Every pointwise op by name. */
export const pointwise = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, pointwiseOp(name, row as Row<z.ZodObject>)]),
) as unknown as PointwiseOps;
