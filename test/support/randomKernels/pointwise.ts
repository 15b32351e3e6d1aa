/** Random pointwise kernels, movements of elements, and reductions. */
import { addIndex, axisIndex, scaleIndex, ZERO } from "../../../compiler/compute/affine.js";
import { accumulator, load, mul } from "../../../compiler/compute/expr.js";
import type {
  Axis,
  Combine,
  Compute,
  Expr,
  Index,
  Boundary,
} from "../../../compiler/compute/ir.js";
import type { TensorType } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { axis, expression, extent, kernelOf, loadAt, pointwiseCompute, type } from "./build.js";

const NAMES = ["n", "c", "h", "w"] as const;

/** Zero to four axes, small enough that their product stays small. */
export function randomAxes(random: Random, least = 0): Axis[] {
  const rank = random.int(least, 4);
  return NAMES.slice(4 - rank).map((name) => axis(name, extent(random, rank > 2 ? 7 : 13)));
}

const extentsOf = (axes: readonly Axis[]): number[] => axes.map((one) => one.extent);

/** Operands broadcast as in numpy: leading dims left out, others 1. */
export function randomPointwise(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random);
  const exact = random.chance(0.7);
  const inputs: Record<string, TensorType> = {};
  const leaves = ["a", "b", "d"].slice(0, random.int(1, 3)).map((name): Expr => {
    const kept = axes.slice(random.chance(0.6) ? 0 : random.int(0, axes.length));
    const stretched = kept.map((one) => random.chance(0.2) && one.extent > 1);
    inputs[name] = type(kept.map((one, i) => (stretched[i] ? 1 : one.extent)));
    return load(
      name,
      kept.map((one, i) => (stretched[i] ? ZERO : axisIndex(one))),
    );
  });
  const body = expression(random, leaves, 3, exact);
  const output = type(extentsOf(axes));
  return { kernel: kernelOf(inputs, output, [pointwiseCompute(axes, body)]), exact };
}

/** out[axes] = x[permuted, start + step · axis], now and then beyond the edges. */
export function randomMovement(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const order = random.chance(0.5) ? axes : random.shuffle(axes);
  const padded = random.chance(0.4);
  const dims: number[] = [];
  const index = order.map((one): Index => {
    const step = random.pick([1, 1, 1, 2, -1, 3]);
    const reach = (one.extent - 1) * Math.abs(step);
    const missing = padded ? random.int(0, 3) : 0;
    const start = random.int(0, 2) - (padded ? random.int(0, 3) : 0);
    dims.push(Math.max(1, reach + 1 + Math.max(0, start) + random.int(0, 2) - missing));
    return addIndex(scaleIndex(axisIndex(one), step), step < 0 ? start + reach : start);
  });
  const value = random.pick([0, 1.5, -Infinity]);
  const boundary: Boundary = random.chance(0.5)
    ? { mode: "constant", value }
    : { mode: random.pick(["reflect", "replicate", "circular"]) };
  const body = load("x", index, "f32", padded ? boundary : undefined);
  const kernel = kernelOf({ x: type(dims) }, type(extentsOf(axes)), [pointwiseCompute(axes, body)]);
  return { kernel, exact: true };
}

/** Any of the axes combined, kept as 1 or dropped. */
export function randomReduction(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const combine = random.pick<Combine>(["sum", "sum", "max", "min", "prod"]);
  const reduced = axes.filter(
    (one) => random.chance(0.6) && (combine !== "prod" || one.extent <= 3),
  );
  if (reduced.length === 0) return randomMovement(random);
  const keepDims = random.chance(0.5);
  const left = axes.filter((one) => !reduced.includes(one));
  const index = (keepDims ? axes : left).map((one) => (left.includes(one) ? axisIndex(one) : ZERO));
  const dims = (keepDims ? axes : left).map((one) => (left.includes(one) ? one.extent : 1));
  const x = loadAt("x", axes);
  const compute: Compute = {
    target: "out",
    axes: left,
    reduce: random.shuffle(reduced),
    combine,
    body: combine === "sum" && random.chance(0.3) ? mul(x, x) : x,
    ...(random.chance(0.3) ? { epilogue: mul(accumulator(), 0.5) } : {}),
    index,
  };
  return { kernel: kernelOf({ x: type(extentsOf(axes)) }, type(dims), [compute]), exact: true };
}
