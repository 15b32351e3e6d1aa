/** The pointwise ops, one row each: a name, the dtypes it takes, its attributes and its formula. */
import { z } from "zod";
import { DTYPES, type DType } from "../base/tensor.js";
import { binary, cast, constant, div, select } from "../compute/expr.js";
import { scalarOf, type BinaryOp, type CompareOp, type Expr } from "../compute/ir.js";
import { activations } from "./activation.js";
import { infinite, positive, rest } from "./formulas.js";
import type { Op } from "./op.js";
import { ANY, BOOL, FLOAT, ORDERED, pointwiseOp, type Row } from "./pointwiseOp.js";
import { EXACT, NONE, of, primitive, ROUNDED, withAttributes, type None } from "./pointwiseRow.js";

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

const rows = {
  ...activations,
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
      DTYPES,
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
