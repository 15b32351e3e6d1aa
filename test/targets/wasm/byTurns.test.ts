/** The maximum of a whole value: vectors along all of it that accumulators take by turns, with the same results. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { compilePrograms, execute } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { SIMDS } from "../../support/simd.js";

const definition = parseDefinition(`model extremes(%x: f32[1,5,6,7]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %b = maxPool(%a) {kernel=[3,3], pads=[1,1,1,1]}
  %most = reduceMax(%a) {keepDims=false}
  %least = reduceMin(%b) {keepDims=false}
  %y = reduceMax(%x) {axes=[1,2,3]}
  return most = %most, least = %least, y = %y
}
@w : f32[9,5,3,3] = seed 1 center 0 spread 1
`);

const [byTurns, atOnce] = [[], ["reduce-by-turns"]].map(
  (disable) => planModel(definition, { target: "wasm", disable }).program,
);

describe("maxima of whole values", () => {
  it("have several accumulators, also of a value with a margin, unless that is left out", () => {
    const counts = (program: typeof byTurns) =>
      program!.kernels.flatMap(({ name, schedules }) =>
        name.startsWith("reduce") ? schedules.map(({ accumulators }) => accumulators) : [],
      );
    expect(counts(byTurns)).toEqual([8, 8, 8]);
    expect(counts(atOnce)).toEqual([undefined, undefined, undefined]);
  });

  it("give the same bits, NaN among them, on each kind of SIMD", async () => {
    const random = createRandom(7);
    for (const simd of SIMDS) {
      const [a, b] = await compilePrograms([byTurns!, atOnce!], simd);
      for (let run = 0; run < 6; run++) {
        const values = Array.from({ length: 210 }, () => random.int(-99, 99) / 16);
        if (run > 3) values[random.int(0, 209)] = run === 4 ? NaN : -Infinity;
        const inputs = new Map([["x", tensor("f32", [1, 5, 6, 7], values)]]);
        expect(execute(a!, inputs), `${simd} ${run}`).toEqual(execute(b!, inputs));
      }
    }
  });
});
