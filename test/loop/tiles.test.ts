/** Tiles that threads share: what is proven of them, and what is refused. */
import { describe, expect, it } from "vitest";
import { printStmt } from "../../compiler/loop/print.js";
import type { KernelFunction, Value } from "../../compiler/loop/stmt.js";
import { stmtProblems } from "../../compiler/loop/verify.js";
import { printFunction } from "../../compiler/targets/ts/print.js";
import { mapLoops, mapMemory, mapStep } from "./changes.js";
import { concat, prepared, rows, softmax } from "./tiledKernels.js";

describe("tiles that threads share", () => {
  it("are the iterations of the outermost loop and its remainder", () => {
    expect(printStmt(rows)).toMatchInlineSnapshot(`
      "// rows
      kernel(x: arena f32, out: arena f32, tiles begin to end of 5) {
        parallel from tile 0 for h = 0 to 4 step 2 {
          let x_h: i32 = x + h * 3
          let out_h: i32 = out + h * 3
          for w = 0 to 3 {
            let x_h_w: i32 = x_h + w
            let out_h_w: i32 = out_h + w
            arena.f32[out_h_w] = arena.f32[x_h_w] * 2
            arena.f32[out_h_w + 3] = arena.f32[x_h_w + 3] * 2
          }
        }
        parallel from tile 2 for w1 = 0 to 3 {
          let x_w1: i32 = x + w1
          let out_w1: i32 = out + w1
          arena.f32[out_w1 + 12] = arena.f32[x_w1 + 12] * 2
        }
      }
      "
    `);
    expect(stmtProblems(rows)).toEqual([]);
  });

  it("are those of outer axes, with scratch memory per thread", () => {
    expect(printStmt(softmax)).toMatchInlineSnapshot(`
      "// shares
      kernel(x: arena f32, e: arena f32 per thread, out: arena f32, tiles begin to end of 2) {
        parallel from tile 0 for n = 0 to 2 {
          let x_n: i32 = x + n * 3
          let out_n: i32 = out + n * 3
          for c = 0 to 3 {
            let x_n_c: i32 = x_n + c
            let e_c: i32 = e + c
            let xv: f32 = arena.f32[x_n_c]
            arena.f32[e_c] = xv * xv
          }
          var acc: f32 = 0
          for c1 = 0 to 3 {
            let e_c1: i32 = e + c1
            acc = acc + arena.f32[e_c1]
          }
          let sum: f32 = acc
          for c2 = 0 to 3 {
            let e_c2: i32 = e + c2
            let out_n_c2: i32 = out_n + c2
            arena.f32[out_n_c2] = arena.f32[e_c2] / sum
          }
        }
      }
      "
    `);
    expect(stmtProblems(softmax)).toEqual([]);
  });

  it("are those of every part of the output", () => {
    expect(printStmt(concat)).toMatchInlineSnapshot(`
      "// parts
      kernel(x: arena f32, y: arena f32, out: arena f32, tiles begin to end of 5) {
        parallel from tile 0 for h = 0 to 2 {
          let x_h: i32 = x + h * 3
          let out_h: i32 = out + h * 6
          for w = 0 to 3 {
            let x_h_w: i32 = x_h + w
            let out_h_w: i32 = out_h + w
            arena.f32[out_h_w] = arena.f32[x_h_w]
          }
        }
        parallel from tile 2 for w1 = 0 to 3 {
          let y_w1: i32 = y + w1
          let out_w1: i32 = out + w1
          for h1 = 0 to 2 {
            let y_w1_h1: i32 = y_w1 + h1 * 3
            let out_w1_h1: i32 = out_w1 + h1 * 6
            arena.f32[out_w1_h1 + 3] = arena.f32[y_w1_h1]
          }
        }
      }
      "
    `);
    expect(stmtProblems(concat)).toEqual([]);
  });

  it("are those of inner loops where the outermost are few, behind what each thread prepares for itself", () => {
    expect(printStmt(prepared)).toMatchInlineSnapshot(`
      "// prepared
      kernel(x: arena f32, e: arena f32 per thread, out: arena f32, tiles begin to end of 32) {
        parallel from tile 0 by 16 for n = 0 to 2 {
          let x_n: i32 = x + n * 3
          let out_n: i32 = out + n * 48
          for c = 0 to 3 {
            let x_n_c: i32 = x_n + c
            let e_c: i32 = e + c
            let xv: f32 = arena.f32[x_n_c]
            arena.f32[e_c] = xv * xv
          }
          parallel from tile 0 for o = 0 to 16 {
            let out_n_o: i32 = out_n + o * 3
            for c1 = 0 to 3 {
              let e_c1: i32 = e + c1
              let out_n_o_c1: i32 = out_n_o + c1
              arena.f32[out_n_o_c1] = arena.f32[e_c1] * 2
            }
          }
        }
      }
      "
    `);
    expect(stmtProblems(prepared)).toEqual([]);
  });

  it("print as plain loops for one thread", () => {
    const serial = mapLoops(rows, ({ tiles: _, ...loop }) => loop);
    expect(printFunction("f", rows)).toBe(printFunction("f", serial));
  });

  it.each<readonly [string, KernelFunction, string]>([
    ["a tile that is left out", { ...rows, tiles: 6 }, "its parallel loops are 5 tiles of 6"],
    [
      "a number twice",
      mapLoops(rows, (loop) => (loop.tiles?.first === 2 ? { ...loop, tiles: { first: 1 } } : loop)),
      "the tiles of w1 begin at 1, not 2",
    ],
    [
      "stores outside",
      mapLoops(rows, ({ tiles, ...loop }) =>
        tiles?.first === 2 ? loop : { ...loop, ...(tiles && { tiles }) },
      ),
      "its parallel loops are 2 tiles of 5",
    ],
    [
      "a parallel loop in another",
      {
        ...mapLoops(softmax, (loop) =>
          loop.variable === "n"
            ? (({ tiles: _, ...rest }) => rest)(loop)
            : loop.variable === "c2"
              ? { ...loop, tiles: { first: 0 } }
              : loop,
        ),
        tiles: 3,
      },
      "the parallel loop c2 is inside another loop",
    ],
    ["rows that overlap", mapStep(rows, 3, 2), "tiles of h may meet in out"],
    ["parts that overlap", mapStep(concat, 6, 3), "tiles of h and w1 may meet in out"],
    [
      "scratch memory that is shared",
      { ...softmax, parameters: softmax.parameters.map(({ perThread: _, ...one }) => one) },
      "tiles of n may meet in e",
    ],
    [
      "scratch memory that is read by other tiles",
      mapLoops(prepared, (loop) =>
        loop.variable === "c" ? { ...loop, tiles: { first: 0 } } : loop,
      ),
      "e is scratch memory of tiles, and used outside of them",
    ],
    [
      "a tile that writes over what was prepared",
      mapMemory(prepared, "out", "e"),
      "e is prepared for tiles, which write to it",
    ],
    [
      "what is prepared where others read it",
      { ...prepared, parameters: prepared.parameters.map(({ perThread: _, ...one }) => one) },
      "e is written by tiles, and used where they are prepared",
    ],
    ["inner tiles that overlap", mapStep(prepared, 48, 40), "tiles of o may meet in out"],
    [
      "an accumulator that is shared",
      {
        ...rows,
        body: [
          { kind: "let", register: "acc", mutable: true, value: int(0) },
          ...mapLoops(rows, (loop) =>
            loop.tiles?.first === 2
              ? {
                  ...loop,
                  body: [{ kind: "assign", register: "acc", value: int(1) }, ...loop.body],
                }
              : loop,
          ).body,
        ],
      },
      "tiles of w1 assign acc, which they share",
    ],
  ])("refuse %s", (_, code, problem) => {
    expect(stmtProblems(code)).toContain(problem);
  });
});

function int(value: number): Value {
  return { kind: "constant", dtype: "i32", lanes: 1, value };
}
