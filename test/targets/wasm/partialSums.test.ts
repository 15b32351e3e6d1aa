/** Long sums in parts: other loops that give the same values, and less of what rounding adds up to. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { printStmt } from "../../../compiler/loop/print.js";
import { scheduleProblems } from "../../../compiler/schedule/verify.js";
import { compilePrograms, execute, loweredOf } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { SIMDS } from "../../support/simd.js";

/** A convolution that Winograd has no part in: a sum of nine times 40 in parts of 40, one of 1024 in eight parts. */
const DEFINITION = parseDefinition(`model long(%x: f32[1,40,9,11]) {
  %a = conv(%x, @v) {pads=[1,1,1,1], strides=[2,2]}
  %r = relu(%a)
  %b = conv(%r, @w)
  return y = %b
}
@v : f32[1024,40,3,3] = seed 1 center 0.5 spread 0.5
@w : f32[24,1024,1,1] = seed 2 center 0.5 spread 0.5
`);

const [inParts, atOnce] = [[], ["sum-in-parts"]].map(
  (disable) => planModel(DEFINITION, { target: "wasm", disable }).program,
);

function convolutions(program = inParts!) {
  return program.kernels.filter(({ kernel }) => kernel.computes[0]!.reduce.length > 0);
}

describe("sums in parts", () => {
  it("are those of long sums, unless they are left out", () => {
    const parts = (program = inParts) =>
      convolutions(program).map(({ schedules }) => schedules[0]!.partialSums?.steps);
    expect(parts()).toEqual([40, 128]);
    expect(parts(atOnce)).toEqual([undefined, undefined]);
    const text = printStmt(loweredOf(inParts!).functions.at(-1)!.code);
    expect(text).toMatch(/for .*kpart/);
  });

  it("must be whole tiles of an axis that is summed up and does not fuse", () => {
    const problems = (partialSums: { axis: string; steps: number }, fuse = {}): string => {
      const { kernel, schedules, places } = convolutions().at(-1)!;
      const schedule = { ...schedules[0]!, partialSums, fuse };
      return scheduleProblems(schedule, kernel.computes[0]!, kernel, places).join("; ");
    };
    const axis = convolutions().at(-1)!.kernel.computes[0]!.reduce[0]!.name;
    expect(problems({ axis, steps: 100 })).toContain("which do not make up 1024");
    expect(problems({ axis, steps: 2 })).toContain("which cut a tile of 4");
    expect(problems({ axis: "nothing", steps: 4 })).toContain("which is no axis of a sum");
    expect(problems({ axis, steps: 0 })).toContain("which do not make up 1024");
  });

  it.each(SIMDS)("are at most half as wrong, with %s SIMD", async (simd) => {
    const random = createRandom(7);
    const values = Array.from({ length: 3960 }, () => random.int(0, 9999) / 10000);
    const inputs = new Map([["x", tensor("f32", [1, 40, 9, 11], values)]]);
    const [exactly] = await compilePrograms([planModel(DEFINITION, { target: "ts" }).program]);
    const exact = execute(exactly!, inputs).get("y")!.data;
    const [a, b] = await compilePrograms([inParts!, atOnce!], simd);
    const [error, before] = [a!, b!].map((one) => {
      const { data } = execute(one, inputs).get("y")!;
      return Math.max(
        ...Array.from(data as Float32Array, (y, i) => Math.abs(y / Number(exact[i]) - 1)),
      );
    });
    expect(error).toBeLessThan(6e-7);
    expect(error).toBeLessThan(before! / 2);
  });
});
