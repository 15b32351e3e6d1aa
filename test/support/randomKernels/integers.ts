/** Random kernels on i32 and bool data. */
import { addIndex, axisIndex, indexExpr, scaleIndex } from "../../../compiler/compute/affine.js";
import {
  accumulator,
  add,
  binary,
  cast,
  constant,
  load,
  max,
  min,
  mul,
  select,
  sub,
  unary,
} from "../../../compiler/compute/expr.js";
import type { Axis, Combine, Compute, Expr, Kernel } from "../../../compiler/compute/ir.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, extent, kernelOf, pointwiseCompute, type } from "./build.js";
import { randomAxes } from "./pointwise.js";

/** Operations that wrap, truncate or round towards −∞; divisors are constants other than 0. */
function integerExpression(random: Random, leaves: readonly Expr[], depth: number): Expr {
  if (depth === 0)
    return random.chance(0.2) ? constant(random.int(-5, 5), "i32") : random.pick(leaves);
  const a = integerExpression(random, leaves, depth - 1);
  const b = integerExpression(random, leaves, depth - 1);
  const divisor = constant(random.pick([-3, -1, 2, 3, 7]), "i32");
  const count = constant(random.int(0, 31), "i32");
  const choices: readonly (() => Expr)[] = [
    () => add(a, b),
    () => sub(a, b),
    () => mul(a, b),
    () => min(a, b),
    () => max(a, b),
    () => binary("div", a, divisor),
    () => binary("rem", a, divisor),
    () => binary("floordiv", a, divisor),
    () => binary("mod", a, divisor),
    () => binary(random.pick(["and", "or", "xor"]), a, b),
    () => binary(random.pick(["shl", "shr"]), a, count),
    () => binary(random.pick(["sdot", "usdot", "dot16"]), a, b),
    () => unary(random.pick(["neg", "abs"]), a),
    () => select(binary(random.pick(["lt", "eq", "ge"]), a, b), a, b),
    () => cast("i32", cast("f32", a)),
  ];
  return random.pick(choices)();
}

function indexValue(axes: readonly Axis[]): Expr {
  const terms = axes.map((one, d) => scaleIndex(axisIndex(one), d + 1));
  return indexExpr(addIndex(...terms, -2));
}

/** Pointwise, or a reduction that wraps. */
export function randomInteger(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const dims = axes.map((one) => one.extent);
  const inputs = { a: type(dims, "i32"), b: type(dims, "i32") };
  const leaves = [load("a", at(axes), "i32"), load("b", at(axes), "i32"), indexValue(axes)];
  const body = integerExpression(random, leaves, 2);
  if (random.chance(0.6)) {
    const kernel = kernelOf(inputs, type(dims, "i32"), [pointwiseCompute(axes, body)]);
    return { kernel, exact: true };
  }
  const reduced = axes.slice(random.int(0, axes.length - 1));
  const left = axes.filter((one) => !reduced.includes(one));
  const compute: Compute = {
    target: "out",
    axes: left,
    reduce: reduced,
    combine: random.pick<Combine>(["sum", "prod", "min", "max"]),
    body,
    ...(random.chance(0.5) ? { init: constant(random.int(-9, 9), "i32") } : {}),
    ...(random.chance(0.5) ? { epilogue: add(accumulator("i32"), 7) } : {}),
    index: at(left),
  };
  const output = type(
    left.map((one) => one.extent),
    "i32",
  );
  return { kernel: kernelOf(inputs, output, [compute]), exact: true };
}

/** Comparisons, logic, where, and casts between all three dtypes. */
export function randomBool(random: Random): Omit<RandomKernel, "family"> {
  const axes = [axis("n", extent(random, 3)), axis("w", extent(random))];
  const dims = axes.map((one) => one.extent);
  const x = load("x", at(axes));
  const condition = load("condition", [axisIndex(axes[1]!)], "bool");
  const compared = binary(random.pick(["lt", "le", "eq", "ne", "gt", "ge"]), x, 0.5);
  const logic = binary(random.pick(["and", "or", "xor"]), compared, condition);
  const test = random.chance(0.5) ? unary("not", logic) : binary("or", logic, unary("isnan", x));
  const inputs = { x: type(dims), condition: type([dims[1]!], "bool") };
  const results: readonly (() => Kernel)[] = [
    () => kernelOf(inputs, type(dims, "bool"), [pointwiseCompute(axes, test)]),
    () =>
      kernelOf(inputs, type(dims), [
        pointwiseCompute(axes, select(test, x, cast("f32", condition))),
      ]),
    () => kernelOf(inputs, type(dims, "i32"), [pointwiseCompute(axes, cast("i32", test))]),
    () => kernelOf(inputs, type(dims, "bool"), [pointwiseCompute(axes, cast("bool", x))]),
    () => kernelOf(inputs, type(dims, "i32"), [pointwiseCompute(axes, cast("i32", x))]),
    () =>
      kernelOf(inputs, type(dims, "bool"), [
        pointwiseCompute(axes, select(compared, condition, test)),
      ]),
  ];
  return { kernel: random.pick(results)(), exact: true };
}
