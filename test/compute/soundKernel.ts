/** A kernel with which nothing is wrong, to be made wrong. */
import { addIndex, axisIndex } from "../../compiler/compute/affine.js";
import { accumulator, load, max } from "../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../compiler/compute/ir.js";

export const [n, w, k] = [
  { name: "n", extent: 2 },
  { name: "w", extent: 6 },
  { name: "k", extent: 3 },
];
export const x = load("x", [axisIndex("n"), addIndex(axisIndex("w"), axisIndex("k"))]);

/** out[n, w] = max(Σ_k x[n, w + k] from bias[w], 0) */
export const COMPUTE: Compute = {
  target: "out",
  axes: [n!, w!],
  reduce: [k!],
  combine: "sum",
  init: load("bias", [axisIndex("w")]),
  body: x,
  epilogue: max(accumulator(), 0),
  index: [axisIndex("n"), axisIndex("w")],
};

export const KERNEL: Kernel = {
  outer: [],
  inputs: [
    { name: "x", type: { dtype: "f32", dims: [2, 8] } },
    { name: "bias", type: { dtype: "f32", dims: [6] } },
    { name: "rows", type: { dtype: "i32", dims: [6] } },
  ],
  constants: [],
  temporaries: [],
  computes: [COMPUTE],
  output: { dtype: "f32", dims: [2, 6] },
};
