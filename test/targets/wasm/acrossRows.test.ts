/** Tiles of pixels that go across the rows of small maps: other loops that give the same bits. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../../compiler/base/tensor.js";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { compilePrograms, execute, type Execution } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
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

function outputOf(execution: Execution): ReadonlyMap<string, object> {
  const random = createRandom(7);
  const values = Array.from({ length: 16 * 196 }, () => random.int(-99, 99) / 16);
  return execute(execution, new Map([["x", tensor("f32", [1, 16, 14, 14], values)]]));
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
});
