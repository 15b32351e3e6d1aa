/** Values of tables as numbers: a transform of Winograd's is sums and differences. */
import { describe, expect, it } from "vitest";
import { rowMajorStrides } from "../../compiler/base/tensor.js";
import { parseKernel } from "../support/kernelText/parse.js";
import { printStmt } from "../../compiler/loop/print.js";
import { verifyStmt } from "../../compiler/loop/verify.js";
import { lowerKernel } from "../../compiler/lower/index.js";
import type { Places } from "../../compiler/place/place.js";
import type { Schedule, Split } from "../../compiler/schedule/schedule.js";
import { printFunction } from "../../compiler/targets/ts/print.js";

/** Bᵀd of F(2, 3). */
const TRANSFORM = parseKernel(`kernel(x: f32[5,4]) -> f32[5,4] {
  table b: f32[4,4] = [1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1]
  out[t, i] for t < 5, i < 4
    = sum k < 4
      of b[i, k] * x[t, k]
}
`);

const PLACES: Places = Object.fromEntries(
  Object.entries({ x: [5, 4], b: [4, 4], out: [5, 4] }).map(([name, dims]) => [
    name,
    { buffer: 0, offset: 0, strides: rowMajorStrides(dims) },
  ]),
);

const unrolled = (factor: number): readonly Split[] => [{ factor, kind: "unroll" }];

function lowered(split: Schedule["split"], foldTables: boolean) {
  const code = lowerKernel(TRANSFORM, {
    summary: "transform",
    schedules: [{ order: ["t", "i", "k"], split, lanes: 1, foldTables }],
    places: PLACES,
    spaceOf: (source) => (source === "b" ? "constants" : "arena"),
  });
  verifyStmt(code);
  return code;
}

describe("tables under unrolled axes", () => {
  it("are numbers, of which 0 and ±1 are none", () => {
    const code = lowered({ i: unrolled(4), k: unrolled(4) }, true);
    expect(printFunction("transform", code)).toMatchInlineSnapshot(`
      "/** transform */
      function transform(f32: Float32Array, x: number, out: number): void {
        // Below 2^30, as every address is: engines add to them faster when they know.
        x &= 0x3fffffff;
        out &= 0x3fffffff;
        for (let t = 0; t < 5; t++) {
          const x_t = x + t * 4;
          const out_t = out + t * 4;
          const xv = f32[x_t + 2]!;
          f32[out_t] = f32[x_t]! - xv;
          const xv1 = f32[x_t + 1]!;
          f32[out_t + 1] = xv1 + xv;
          f32[out_t + 2] = -xv1 + xv;
          f32[out_t + 3] = xv1 - f32[x_t + 3]!;
        }
      }
      "
    `);
  });

  it("are read where a loop decides, and where the schedule does not say so", () => {
    expect(printStmt(lowered({ i: unrolled(2), k: unrolled(4) }, true))).toContain(
      "constants.f32[",
    );
    expect(printStmt(lowered({ i: unrolled(4), k: unrolled(4) }, false))).toContain(
      "constants.f32[",
    );
  });

  it("are numbers in the lanes of what they are multiplied with", () => {
    const split = { t: [{ factor: 4, kind: "vector" } as const], i: unrolled(4), k: unrolled(4) };
    const code = lowerKernel(TRANSFORM, {
      summary: "transform",
      schedules: [{ order: ["t", "i", "k"], split, lanes: 4, foldTables: true }],
      places: {
        ...PLACES,
        x: { buffer: 0, offset: 0, strides: [1, 5] },
        out: { buffer: 0, offset: 0, strides: [1, 5] },
      },
      spaceOf: () => "arena",
    });
    verifyStmt(code);
    expect(code.parameters.map(({ source }) => source)).toEqual(["x", "out"]);
    expect(printStmt(code)).not.toContain("*");
  });
});
