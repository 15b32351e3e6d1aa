/** Random kernels with opaque indices: reshapes by floordiv and mod, gathers, resizes by tables. */
import {
  addIndex,
  axisIndex,
  extentsOf,
  floorDivIndex,
  modIndex,
  opaqueIndex,
  scaleIndex,
} from "../../../compiler/compute/affine.js";
import { add, binary, load, mul, select } from "../../../compiler/compute/expr.js";
import type { Axis, Expr, Index } from "../../../compiler/compute/ir.js";
import {
  elementCount,
  rowMajorStrides,
  tensor,
  type Tensor,
} from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, extent, kernelOf, loadAt, pointwiseCompute, type } from "./build.js";
import { randomAxes } from "./pointwise.js";

/** Dims of the same number of elements, its prime factors dealt out anew. */
function otherDims(random: Random, count: number): number[] {
  const dims = Array.from({ length: random.int(1, 4) }, () => 1);
  let rest = count;
  for (let factor = 2; rest > 1; factor++) {
    for (; rest % factor === 0; rest /= factor) dims[random.int(0, dims.length - 1)]! *= factor;
  }
  return dims;
}

/** The same elements in row-major order under other dims. */
export function randomReshape(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const extents = extentsOf(axes);
  const output = axes.map((one) => one.extent);
  const strides = rowMajorStrides(output);
  const flat = addIndex(...at(axes).map((one, d) => scaleIndex(one, strides[d]!)));
  const dims = otherDims(random, elementCount(output));
  const from = rowMajorStrides(dims).map((stride, d): Index => {
    const whole = floorDivIndex(flat, stride, extents);
    return d === 0 ? whole : modIndex(whole, dims[d]!, extents);
  });
  const body = load("x", from);
  const kernel = kernelOf({ x: type(dims) }, type(output), [pointwiseCompute(axes, body)]);
  return { kernel, exact: true };
}

/** out[…, i, …] = x[…, indices[i], …]: negative ones count from the end, others are clamped. */
export function randomGather(random: Random): Omit<RandomKernel, "family"> {
  const axes = randomAxes(random, 1);
  const along = random.int(0, axes.length - 1);
  const dim = extent(random, 9);
  const over = random.chance(0.5) ? [axes[along]!] : axes;
  const chosen = load("indices", at(over), "i32");
  const wrapped = select(binary("lt", chosen, 0), add(chosen, dim), chosen);
  const from = at(axes).map((one, d) => (d === along ? opaqueIndex(wrapped, 0, dim - 1) : one));
  const inputs = {
    x: type(axes.map((one, d) => (d === along ? dim : one.extent))),
    indices: type(
      over.map((one) => one.extent),
      "i32",
    ),
  };
  const output = type(axes.map((one) => one.extent));
  return {
    kernel: kernelOf(inputs, output, [pointwiseCompute(axes, load("x", from))]),
    exact: true,
  };
}

/** A table that says for each output position where it reads, and one of weights. */
interface Tables {
  readonly size: number;
  readonly rows: Tensor;
  readonly weights: Tensor;
}

function tablesOf(random: Random, output: Axis): Tables {
  const size = extent(random, 7);
  const positions = Array.from({ length: output.extent }, (_, i) =>
    Math.min(size - 1, Math.floor((i * size) / output.extent)),
  );
  const halves = positions.map(() => random.int(0, 2) / 2);
  return {
    size,
    rows: tensor("i32", [output.extent], positions),
    weights: tensor("f32", [output.extent], halves),
  };
}

/** Nearest or linear interpolation along h and w by tables. */
export function randomResize(random: Random): Omit<RandomKernel, "family"> {
  const outer = [axis("n", 1), axis("c", extent(random, 5))];
  const spatial = [axis("h", extent(random, 9)), axis("w", extent(random, 9))];
  const tables = spatial.map((one) => tablesOf(random, one));
  const near = (d: number, shift: number): Index => {
    const row = load(`rows${d}`, [axisIndex(spatial[d]!)], "i32");
    return opaqueIndex(shift === 0 ? row : add(row, shift), 0, tables[d]!.size - 1);
  };
  const corner = (dh: number, dw: number): Expr =>
    load("x", [...at(outer), near(0, dh), near(1, dw)]);
  const blend = (a: Expr, b: Expr, d: number): Expr => {
    const weight = loadAt(`weights${d}`, [spatial[d]!]);
    return add(a, mul(weight, add(b, mul(a, -1))));
  };
  const linear = random.chance(0.5);
  const body = linear
    ? blend(blend(corner(0, 0), corner(0, 1), 1), blend(corner(1, 0), corner(1, 1), 1), 0)
    : corner(0, 0);
  const constants = tables.flatMap(({ rows, weights }, d) => [
    { name: `rows${d}`, value: rows },
    ...(linear ? [{ name: `weights${d}`, value: weights }] : []),
  ]);
  const axes = [...outer, ...spatial];
  const sizes = tables.map(({ size }) => size);
  const inputs = { x: type([...outer.map((one) => one.extent), ...sizes]) };
  const output = type(axes.map((one) => one.extent));
  const kernel = kernelOf(inputs, output, [pointwiseCompute(axes, body)], { constants });
  return { kernel, exact: true };
}
