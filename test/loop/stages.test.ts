/** Tiles in stages, between which threads wait for each other: what is proven of them, and what is refused. */
import { describe, expect, it } from "vitest";
import { bodyCost } from "../../compiler/loop/cost.js";
import { printStmt } from "../../compiler/loop/print.js";
import { stagesOf } from "../../compiler/loop/stages.js";
import type { KernelFunction } from "../../compiler/loop/stmt.js";
import { stmtProblems } from "../../compiler/loop/verify.js";
import { rows, staged } from "./tiledKernels.js";

describe("tiles that threads share", () => {
  it("are in stages where loops leave something for each other, in scratch memory of all threads", () => {
    expect(printStmt(staged)).toMatchInlineSnapshot(`
      "// staged
      kernel(x: arena f32, e: arena f32, out: arena f32, tiles begin to end of 5 in stages from 0, 2) {
        parallel from tile 0 for n = 0 to 2 {
          let x_n: i32 = x + n * 3
          let e_n: i32 = e + n * 3
          for c = 0 to 3 {
            let x_n_c: i32 = x_n + c
            let e_n_c: i32 = e_n + c
            let xv: f32 = arena.f32[x_n_c]
            arena.f32[e_n_c] = xv * xv
          }
        }
        parallel from tile 2 for c1 = 0 to 3 {
          let e_c1: i32 = e + c1
          let out_c1: i32 = out + c1 * 2
          for n1 = 0 to 2 {
            let e_c1_n1: i32 = e_c1 + n1 * 3
            let out_c1_n1: i32 = out_c1 + n1
            arena.f32[out_c1_n1] = arena.f32[e_c1_n1] * 2
          }
        }
      }
      "
    `);
    expect(stmtProblems(staged)).toEqual([]);
  });

  it("are one stage otherwise", () => {
    expect(stagesOf(staged)).toEqual([
      { begin: 0, end: 2, cost: 28 },
      { begin: 2, end: 5, cost: 24 },
    ]);
    expect(stagesOf(rows)).toEqual([{ begin: 0, end: 5, cost: bodyCost(rows.body) }]);
  });

  it.each<readonly [string, KernelFunction, string]>([
    [
      "loops that read what one before leaves, in one stage",
      { ...staged, stages: [] },
      "tiles of n and c1 may meet in e",
    ],
    [
      "a stage that begins in the middle of a loop",
      { ...staged, stages: [1] },
      "a stage begins with tile 1, and no loop does",
    ],
    [
      "stages of scratch memory of one thread",
      {
        ...staged,
        parameters: staged.parameters.map((one) =>
          one.name === "e" ? { ...one, perThread: true as const } : one,
        ),
      },
      "e is scratch memory of tiles, and used outside of them",
    ],
  ])("refuse %s", (_, code, problem) => {
    expect(stmtProblems(code)).toContain(problem);
  });
});
