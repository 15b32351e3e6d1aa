/** Shorthands of the random kernels: axes, inputs, extents, and expressions over given leaves. */
import { axisIndex } from "../../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  constant,
  div,
  load,
  max,
  min,
  mul,
  select,
  sub,
  unary,
} from "../../../compiler/compute/expr.js";
import type { Axis, Compute, Expr, Index, Kernel } from "../../../compiler/compute/ir.js";
import type { DType, TensorType } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";

export const axis = (name: string, extent: number): Axis => ({ name, extent });
export const at = (axes: readonly Axis[]): Index[] => axes.map((one) => axisIndex(one));
export const type = (dims: readonly number[], dtype: DType = "f32"): TensorType => ({
  dtype,
  dims,
});

/** Mostly odd, now and then one vector or block. */
export function extent(random: Random, most = 13): number {
  return Math.min(most, random.pick([1, 2, 3, 3, 4, 5, 5, 7, 8, 9, 11, 13]));
}

/** A kernel whose inputs are named by the operands that they are. */
export function kernelOf(
  inputs: Readonly<Record<string, TensorType>>,
  output: TensorType,
  computes: readonly Compute[],
  rest: Partial<Kernel> = {},
): Kernel {
  return {
    outer: [],
    inputs: Object.entries(inputs).map(([name, one]) => ({ name, type: one, operand: name })),
    constants: [],
    temporaries: [],
    computes,
    output,
    ...rest,
  };
}

/** out[axes] = body */
export function pointwiseCompute(axes: readonly Axis[], body: Expr): Compute {
  return { target: "out", axes, reduce: [], body, index: at(axes) };
}

const EXACT_OPS = ["add", "sub", "mul", "min", "max", "neg", "abs", "select", "floor"] as const;
const OTHER_OPS = [
  "div",
  "sqrt",
  "round",
  "ceil",
  "trunc",
  "isnan",
  "bits",
  "cast",
  "rem",
] as const;

/** A random f32 expression over the leaves, `depth` operations deep at most; some subtrees are outer. */
export function expression(
  random: Random,
  leaves: readonly Expr[],
  depth: number,
  exact: boolean,
): Expr {
  if (depth === 0 || random.chance(0.15)) {
    return random.chance(0.15) ? constant(random.int(-3, 3) / 2) : random.pick(leaves);
  }
  const a = expression(random, leaves, depth - 1, exact);
  const b = random.chance(0.15) ? a : expression(random, leaves, depth - 1, exact);
  const op = random.pick(exact ? EXACT_OPS : [...EXACT_OPS, ...OTHER_OPS]);
  switch (op) {
    case "add":
      return add(a, b);
    case "sub":
      return sub(a, b);
    case "mul":
      return mul(a, b);
    case "min":
      return min(a, b);
    case "max":
      return max(a, b);
    case "div":
      return div(a, b);
    case "rem":
      return binary("rem", a, b);
    case "select":
      return select(binary(random.pick(["lt", "ge", "eq", "ne"]), a, 0.5), b, a);
    case "isnan":
      return select(unary("isnan", a), b, a);
    case "sqrt":
      return unary("sqrt", unary("abs", a));
    case "bits":
      return unary("float", binary("and", unary("bits", a), constant(0x7fff0000, "i32")));
    case "cast":
      return cast("f32", cast("i32", a));
    default:
      return unary(op, a);
  }
}

/** Sometimes nothing, else something pointwise over the accumulator and the loads that `leaf` makes. */
export function epilogue(
  random: Random,
  exact: boolean,
  leaf: (name: string) => Expr,
): { readonly epilogue?: Expr } {
  if (random.chance(0.3)) return {};
  const acc = accumulator();
  const choice = random.int(0, 4);
  if (choice === 0) return { epilogue: max(acc, 0) };
  if (choice === 1) return { epilogue: min(max(add(acc, leaf("residual")), 0), 6) };
  if (choice === 2) return { epilogue: mul(acc, leaf("scale")) };
  if (choice === 3 && !exact)
    return { epilogue: div(acc, add(1, unary("exp", unary("neg", acc)))) };
  return { epilogue: expression(random, [acc, leaf("residual")], 2, exact) };
}

/** A load at plain axes. */
export function loadAt(name: string, axes: readonly Axis[]): Expr {
  return load(name, at(axes));
}
