/** Code for engines that join neighbouring vectors: tiles of pairs, stored two by two after what both read. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { printStmt } from "../../../compiler/loop/print.js";
import { describeSchedule } from "../../../compiler/schedule/describe.js";
import type { Program } from "../../../compiler/program/program.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import type { Simd } from "../../../compiler/targets/wasm/simd.js";

/** 16 channels with a residual, and 8 channels made of them. */
function plan(simd: Simd): Program {
  const text = `model net(%x: f32[1,4,2,3], %y: f32[1,16,2,3]) {
  %z = conv(%x, @w) {pads=[1,1,1,1]}
  %s = add(%z, %y)
  %t = conv(%s, @u)
  return t = %t
}
@w : f32[16,4,3,3] = seed 1 center 0 spread 1
@u : f32[8,16,1,1] = seed 3 center 0 spread 1
`;
  return planModel(parseDefinition(text), { target: "wasm", simd }).program;
}

describe("wide vectors", () => {
  it("are pairs, and weights lie in blocks of them", () => {
    const [wide, relaxed] = (["wide", "relaxed"] as const).map(plan);
    const layouts = ({ constants }: Program): string[] => constants.map(({ layout }) => layout);
    expect(layouts(relaxed!)).toEqual(["0/8 2 3 1 0%8", "0/8 1 0%8"]);
    expect(layouts(wide!)).toEqual(["0/16 2 3 1 0%16", "0/8 1 0%8"]);
    const words = ({ kernels }: Program): (string | undefined)[] =>
      kernels.slice(-2, -1).flatMap(({ kernel, schedules }) =>
        schedules.map((schedule, i) => {
          const { axes, reduce } = kernel.computes[i]!;
          return describeSchedule(schedule, [...axes, ...reduce]);
        }),
      );
    expect(words(relaxed!)).toMatchInlineSnapshot(`
      [
        "for n<1, oh<2, oc<16 (2 unrolled, 4 lanes), ow<3 (3 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled)",
      ]
    `);
    expect(words(wide!)).toMatchInlineSnapshot(`
      [
        "for n<1, oh<2, oc<16 (4 unrolled, 4 lanes), ow<3 (3 unrolled), kh<3, kw<3 (3 unrolled), ic<4 (4 unrolled); vectors stored two by two",
      ]
    `);
  });

  it("are stored two by two, after all that both read", () => {
    const { functions, calls } = lowerProgram(plan("wide"));
    const { name, code } = functions.find((one) => one.name === calls.at(-2)!.function)!;
    const lines = printStmt(code, name).split("\n");
    const first = lines.findIndex((line) => line.includes("held"));
    expect(`\n${lines.slice(first, first + 8).join("\n")}\n`).toMatchInlineSnapshot(`
      "
          let held: f32x4 = acc_ow0_oc0 + arena.f32x4[y_oh]
          let held1: f32x4 = acc_ow0_oc4 + arena.f32x4[y_oh + 4]
          arena.f32x4[out_oh] = held
          arena.f32x4[out_oh + 4] = held1
          let held2: f32x4 = acc_ow0_oc8 + arena.f32x4[y_oh + 8]
          let held3: f32x4 = acc_ow0_oc12 + arena.f32x4[y_oh + 12]
          arena.f32x4[out_oh + 8] = held2
          arena.f32x4[out_oh + 12] = held3
      "
    `);
  });
});
