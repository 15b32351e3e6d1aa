/** Several accumulators of one result: unrolled steps take turns, so that none waits for the one before it. */
import { expect, it } from "vitest";
import { lowerKernel } from "../../compiler/lower/index.js";
import { printStmt } from "../../compiler/loop/print.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { parseKernel } from "../support/kernelText/parse.js";

const MOST = parseKernel(`kernel(x: f32[35]) -> f32[] {
  out[]
    = max k < 35
      of x[k]
}
`);

it("are joined behind the loop, and the rest goes to those that it reaches", () => {
  const strides = { x: [1], out: [] };
  const code = lowerKernel(MOST, {
    summary: "maximum",
    schedules: [
      {
        order: ["k"],
        split: {
          k: [
            { factor: 2, kind: "unroll" },
            { factor: 4, kind: "vector" },
          ],
        },
        lanes: 4,
        accumulators: 2,
      },
    ],
    places: Object.fromEntries(
      Object.entries(strides).map(([name, of]) => [name, { buffer: 0, offset: 0, strides: of }]),
    ),
    spaceOf: () => "arena",
  });
  verifyStmt(code);
  expect(printStmt(code)).toMatchInlineSnapshot(`
    "// maximum
    kernel(x: arena f32, out: arena f32) {
      var acc: f32x4 = f32x4(-inf)
      var acc1: f32x4 = f32x4(-inf)
      for k = 0 to 32 step 8 {
        let x_k: i32 = x + k
        acc = max(acc, arena.f32x4[x_k])
        acc1 = max(acc1, arena.f32x4[x_k + 4])
      }
      acc = max(acc, mask(arena.f32x4[x + 32, 3], 3, -inf))
      let acc2: f32x4 = max(acc, acc1)
      arena.f32[out] = fold.max(acc2)
    }
    "
  `);
});
