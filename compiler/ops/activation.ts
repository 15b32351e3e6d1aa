/** The activations, one row each: the dtypes it takes, its attributes and its formula. */
import { z } from "zod";
import { add, binary, div, max, min, mul, select, sub, unary } from "../compute/expr.js";
import { saturate } from "../meaning/scalarMath.js";
import { clamp, elu, exp, gelu, positive, softplus } from "./formulas.js";
import { reject } from "./op.js";
import { FLOAT, ORDERED, type Row } from "./pointwiseOp.js";
import { EXACT, NONE, of, primitive, ROUNDED, withAttributes, type None } from "./pointwiseRow.js";

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

const alpha = (value: number) => z.strictObject({ alpha: z.number().default(value) });

export const activations = {
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
};
