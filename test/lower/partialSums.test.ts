/** Sums in parts: accumulators of their own in a loop over parts, for all of a tile. */
import { expect, it } from "vitest";
import { rowMajorStrides } from "../../compiler/base/tensor.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import { printStmt } from "../../compiler/loop/print.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { parseKernel } from "../support/kernelText/parse.js";

const PRODUCT = parseKernel(`kernel(x: f32[4,12], w: f32[12]) -> f32[4] {
  out[i] for i < 4
    = sum k < 12
      of x[i, k] * w[k]
}
`);

it("is two loops of a sum, which start anew and add up", () => {
  const strides = { x: rowMajorStrides([4, 12]), w: [1], out: [1] };
  const code = lowerKernel(PRODUCT, {
    summary: "product",
    schedules: [
      {
        order: ["i", "k"],
        split: { i: [{ factor: 2, kind: "unroll" }] },
        lanes: 1,
        partialSums: { axis: "k", steps: 4 },
      },
    ],
    places: Object.fromEntries(
      Object.entries(strides).map(([name, of]) => [name, { buffer: 0, offset: 0, strides: of }]),
    ),
    spaceOf: () => "arena",
  });
  verifyStmt(code);
  expect(printStmt(code)).toMatchInlineSnapshot(`
    "// product
    kernel(x: arena f32, w: arena f32, out: arena f32) {
      for i = 0 to 4 step 2 {
        let x_i: i32 = x + i * 12
        let out_i: i32 = out + i
        var acc_i0: f32 = 0
        var acc_i1: f32 = 0
        for kpart = 0 to 3 {
          let x_i_kpart: i32 = x_i + kpart * 4
          let w_kpart: i32 = w + kpart * 4
          var part: f32 = 0
          var part1: f32 = 0
          for k = 0 to 4 {
            let x_i_kpart_k: i32 = x_i_kpart + k
            let w_kpart_k: i32 = w_kpart + k
            let wv: f32 = arena.f32[w_kpart_k]
            part = part + arena.f32[x_i_kpart_k] * wv
            part1 = part1 + arena.f32[x_i_kpart_k + 12] * wv
          }
          acc_i0 = acc_i0 + part
          acc_i1 = acc_i1 + part1
        }
        arena.f32[out_i] = acc_i0
        arena.f32[out_i + 1] = acc_i1
      }
    }
    "
  `);
});
