/** Rows with room between them as one loop: where each pixel's begins is computed once, outside of the sums. */
import { expect, it } from "vitest";
import { axisIndex } from "../../compiler/compute/affine.js";
import { binary, load } from "../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../compiler/compute/ir.js";
import { printStmt } from "../../compiler/loop/print.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { canFuse, canMerge } from "../../compiler/place/accesses.js";
import type { Place, Places } from "../../compiler/place/place.js";

/** out[h, w] = Σ x[h, w, k] · b[k] over maps of 3 by 3. */
const compute: Compute = {
  target: "out",
  axes: [
    { name: "h", extent: 3 },
    { name: "w", extent: 3 },
  ],
  reduce: [{ name: "k", extent: 8 }],
  combine: "sum",
  body: binary(
    "mul",
    load("x", ["h", "w", "k"].map(axisIndex), "f32"),
    load("b", [axisIndex("k")], "f32"),
  ),
  index: ["h", "w"].map(axisIndex),
};
const kernel: Kernel = {
  outer: [],
  inputs: [
    { name: "x", type: { dtype: "f32", dims: [3, 3, 8] } },
    { name: "b", type: { dtype: "f32", dims: [8] } },
  ],
  constants: [],
  temporaries: [],
  computes: [compute],
  output: { dtype: "f32", dims: [3, 3] },
};
const place = (strides: readonly number[]): Place => ({ buffer: 0, offset: 0, strides });
const placesOf = (x: readonly number[], out: readonly number[]): Places => ({
  x: place(x),
  b: place([1]),
  out: place(out),
});
const together = (places: Places): readonly boolean[] =>
  [canFuse, canMerge].map((ask) => ask(kernel, compute, places, ["h", "w"]));

it("may be one loop where rows follow each other, and is as good as any where nothing lies between", () => {
  expect(together(placesOf([24, 8, 1], [3, 1]))).toEqual([true, true]);
  expect(together(placesOf([40, 8, 1], [3, 1]))).toEqual([true, false]);
  expect(together(placesOf([24, 8, 1], [5, 1]))).toEqual([true, false]);
  expect(together(placesOf([16, 8, 1], [3, 1]))).toEqual([false, false]);
  expect(together(placesOf([24, 8, 1], [1, 3]))).toEqual([false, false]);
  expect(canMerge(kernel, compute, placesOf([40, 8, 1], [3, 1]), ["h", "w"], "out")).toBe(true);
});

it("adds what is between rows to each pixel of a tile, and where no loop is left as a number", () => {
  const code = lowerKernel(kernel, {
    summary: "3×3",
    schedules: [
      {
        fuse: { m: ["h", "w"] },
        split: { m: [{ factor: 2, kind: "unroll" }] },
        order: ["m", "k"],
        lanes: 1,
      },
    ],
    places: placesOf([40, 8, 1], [5, 1]),
    spaceOf: () => "arena",
  });
  expect(printStmt(code)).toMatchInlineSnapshot(`
    "// 3×3
    kernel(x: arena f32, x1: arena f32, out: arena f32) {
      for m = 0 to 8 step 2 {
        let row: i32 = floordiv(m, 3)
        let x_m: i32 = x + m * 8
        let x_m_m: i32 = x_m + row * 16
        let row1: i32 = floordiv(m + 1, 3)
        let x_m_m1: i32 = x_m + row1 * 16
        let out_m: i32 = out + m
        var acc_m0: f32 = 0
        var acc_m1: f32 = 0
        for k = 0 to 8 {
          let x_m_m_k: i32 = x_m_m + k
          let x1_k: i32 = x1 + k
          let x_m_m_k1: i32 = x_m_m1 + k
          let x1v: f32 = arena.f32[x1_k]
          acc_m0 = acc_m0 + arena.f32[x_m_m_k] * x1v
          acc_m1 = acc_m1 + arena.f32[x_m_m_k1 + 8] * x1v
        }
        arena.f32[out_m + floordiv(m, 3) * 2] = acc_m0
        arena.f32[out_m + floordiv(m + 1, 3) * 2 + 1] = acc_m1
      }
      var acc: f32 = 0
      for k1 = 0 to 8 {
        let x_k1: i32 = x + k1
        let x1_k1: i32 = x1 + k1
        acc = acc + arena.f32[x_k1 + 96] * arena.f32[x1_k1]
      }
      arena.f32[out + 12] = acc
    }
    "
  `);
});
