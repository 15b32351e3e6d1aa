/** Tiles of pixels that go across the rows of small maps: other loops that give the same bits. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../../compiler/base/tensor.js";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import { compilePrograms, execute, type Execution } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { scrambled } from "../../support/scrambled.js";
import { SIMDS } from "../../support/simd.js";

/** Room around what %a writes and %y reads: rows of seven with two pixels between them, and every second of 14. */
const definition = parseDefinition(`model rows(%x: f32[1,16,14,14]) {
  %s = conv(%x, @s) {strides=[2,2]}
  %a = relu(%s)
  %d = conv(%a, @d) {pads=[1,1,1,1], groups=24}
  %e = matmul(%d, @e) {axis=1}
  %r = relu(%e)
  %y = conv(%r, @y) {pads=[2,2,2,2], dilations=[2,2]}
  return y = %y
}
@s : f32[24,16,1,1] = seed 1 center 0 spread 1
@d : f32[24,1,3,3] = seed 2 center 0 spread 1
@e : f32[20,24] = seed 3 center 0 spread 1
@y : f32[12,20,3,3] = seed 4 center 0 spread 1
`);

const [across, within] = [[], ["tile-across-rows"]].map(
  (disable) => planModel(definition, { target: "wasm", disable }).program,
);

const random = createRandom(7);
const values = Array.from({ length: 16 * 196 }, () => random.int(-99, 99) / 16);
const inputs = new Map([["x", tensor("f32", [1, 16, 14, 14], values)]]);

function outputOf(execution: Execution): ReadonlyMap<string, object> {
  return execute(execution, inputs);
}

describe("tiles across rows of seven", () => {
  it("are of five pixels of 49, unless that is left out, and not where others make better tiles", () => {
    const fused = (program: typeof across) =>
      program!.kernels.flatMap(({ name, role, schedules: [schedule] }) =>
        role === "compute" ? [[name, schedule!.fuse?.["m"]?.join("·"), schedule!.split["m"]]] : [],
      );
    const five = [{ factor: 5, kind: "unroll" }];
    expect(fused(across)).toEqual([
      ["conv_relu", "oh·ow", five],
      ["conv", undefined, undefined],
      ["matmul_relu", "h·w", five],
      ["conv_2", undefined, undefined],
    ]);
    expect(fused(within).map(([, group]) => group)).toEqual(Array.from({ length: 4 }));
  });

  it("give the same bits, on each kind of SIMD", async () => {
    for (const simd of SIMDS) {
      const [a, b] = await compilePrograms([across!, within!], simd);
      expect(outputOf(a!)).toEqual(outputOf(b!));
    }
  });

  it("are shared by threads, since pixels of different tiles lie apart whatever is between rows", async () => {
    const threads = { piece: 100 };
    const program = planModel(definition, { target: "wasm", threads: true }).program;
    const { calls, functions } = lowerProgram(program, { threads });
    const tiles = new Map(functions.map(({ name, code }) => [name, code.tiles]));
    const shared = calls.map(({ kernel, function: name }) => [kernel, tiles.get(name)]);
    // 49 pixels are nine tiles of five, and the rest; for each of three blocks of channels.
    expect(shared).toEqual(
      expect.arrayContaining([
        ["conv_relu", 30],
        ["matmul_relu", 30],
      ]),
    );
    const [alone] = await compilePrograms([program], "plain");
    const expected = outputOf(alone!);
    for (const seed of [1, 2])
      expect(scrambled(program, threads.piece).run(inputs, createRandom(seed))).toEqual(expected);
  });
});
