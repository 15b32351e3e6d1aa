/** Random kernels that multiply small tiles by tables with zeros and ones, as transforms of convolutions do. */
import { load, mul } from "../../../compiler/compute/expr.js";
import type { Axis, Compute, Expr } from "../../../compiler/compute/ir.js";
import { tensor } from "../../../compiler/base/tensor.js";
import type { Random } from "../random.js";
import type { RandomKernel } from "../randomKernel.js";
import { at, axis, kernelOf, loadAt, type } from "./build.js";

/** out[t, i, j] = Σ table0[i, k] · table1[j, l] · x[t, k, l], or along one axis. */
export function randomTransform(random: Random): Omit<RandomKernel, "family"> {
  const sides = random.pick([1, 2]);
  const t = axis("t", random.int(1, 6));
  const small = (names: string): Axis[] =>
    [...names].slice(0, sides).map((name) => axis(name, random.int(1, 4)));
  const [rows, columns] = [small("ij"), small("kl")];
  const constants = rows.map((row, d) => {
    const dims = [row.extent, columns[d]!.extent];
    const values = Array.from({ length: dims[0]! * dims[1]! }, () =>
      random.pick([0, 0, 0, 1, 1, -1, 2, 0.5]),
    );
    return { name: `table${d}`, value: tensor("f32", dims, values) };
  });
  const factors = rows.map((row, d): Expr => loadAt(`table${d}`, [row, columns[d]!]));
  const x = load("x", at([t, ...columns]));
  const body = random.chance(0.5)
    ? [...factors, x].reduce((left, right) => mul(left, right))
    : [x, ...factors].reduce((left, right) => mul(right, left));
  const axes = [t, ...rows];
  const compute: Compute = {
    target: "out",
    axes,
    reduce: columns,
    combine: "sum",
    body,
    index: at(axes),
  };
  const extents = (of: readonly Axis[]): number[] => of.map((one) => one.extent);
  const inputs = { x: type(extents([t, ...columns])) };
  return { kernel: kernelOf(inputs, type(extents(axes)), [compute], { constants }), exact: true };
}
