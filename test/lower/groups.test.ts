/** Some elements of an axis at a time: a loop around all others, and in it the axis from where the group begins. */
import { expect, it } from "vitest";
import { rowMajorStrides } from "../../compiler/base/tensor.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { printStmt } from "../../compiler/loop/print.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { parseKernel } from "../support/kernelText/parse.js";

const PRODUCT = parseKernel(`kernel(x: f32[5,3], w: f32[3,12]) -> f32[5,12] {
  out[i, j] for i < 5, j < 12
    = sum k < 3
      of x[i, k] * w[k, j]
}
`);

it("is two loops of an axis, of which the outer one is around all others", () => {
  const strides = { x: [5, 3], w: [3, 12], out: [5, 12] };
  const code = lowerKernel(PRODUCT, {
    summary: "product",
    schedules: [
      {
        order: ["i", "j", "k"],
        split: { j: [{ factor: 2, kind: "unroll" }] },
        lanes: 1,
        grouped: { axis: "j", elements: 4 },
      },
    ],
    places: Object.fromEntries(
      Object.entries(strides).map(([name, dims]) => [
        name,
        { buffer: 0, offset: 0, strides: rowMajorStrides(dims) },
      ]),
    ),
    spaceOf: () => "arena",
  });
  verifyStmt(code);
  expect(printStmt(code)).toMatchInlineSnapshot(`
    "// product
    kernel(x: arena f32, w: arena f32, out: arena f32) {
      for jgroup = 0 to 12 step 4 {
        for i = 0 to 5 {
          let x_i: i32 = x + i * 3
          let out_i: i32 = out + i * 12
          for jinside = 0 to 4 step 2 {
            let j: i32 = jgroup + jinside
            let w_j: i32 = w + j
            let out_i_j: i32 = out_i + j
            var acc_j0: f32 = 0
            var acc_j1: f32 = 0
            for k = 0 to 3 {
              let x_i_k: i32 = x_i + k
              let w_j_k: i32 = w_j + k * 12
              let xv: f32 = arena.f32[x_i_k]
              acc_j0 = acc_j0 + xv * arena.f32[w_j_k]
              acc_j1 = acc_j1 + xv * arena.f32[w_j_k + 1]
            }
            arena.f32[out_i_j] = acc_j0
            arena.f32[out_i_j + 1] = acc_j1
          }
        }
      }
    }
    "
  `);
});
