/** Convolutions to few channels: tiles of all of them are other loops that give the same bits as one by one. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { compilePrograms, execute, type interpretProgram } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { SIMDS } from "../../support/simd.js";

/** A width with a remainder beside tiles of three pixels, and channels with one beside steps of two vectors. */
const definitionOf = (channels: number) =>
  parseDefinition(`model few(%x: f32[1,4,6,11]) {
  %a = conv(%x, @w)
  %r = relu(%a)
  %y = conv(%r, @v) {pads=[1,1,1,1]}
  return y = %y
}
@w : f32[20,4,1,1] = seed 1 center 0 spread 1
@v : f32[${channels},20,3,3] = seed 2 center 0 spread 1
`);

function outputOf(execution: Awaited<ReturnType<typeof interpretProgram>>): readonly number[] {
  const random = createRandom(7);
  const values = Array.from({ length: 4 * 66 }, () => random.int(-99, 99) / 16);
  let last: readonly number[] = [];
  execute(execution, new Map([["x", tensor("f32", [1, 4, 6, 11], values)]]), (_, { data }) => {
    last = Array.from(data, Number);
    return undefined;
  });
  return last;
}

describe.each([2, 3])("a convolution to %i channels", (channels) => {
  const definition = definitionOf(channels);
  const [with_, without] = [[], ["tile-few-channels"]].map(
    (disable) => planModel(definition, { target: "wasm", disable }).program,
  );
  const last = (program: typeof with_) => program!.kernels.at(-1)!.schedules[0]!;

  it("has all of them in a tile, unless that is left out", () => {
    expect(last(with_).split["oc"]).toEqual([{ factor: channels, kind: "unroll" }]);
    expect(last(with_).split["ic"]).toEqual([
      { factor: 2, kind: "unroll" },
      { factor: 4, kind: "vector" },
    ]);
    expect(last(without).split["oc"]).toBeUndefined();
  });

  it("gives the same bits either way, on each kind of SIMD", async () => {
    for (const simd of SIMDS) {
      const [a, b] = await compilePrograms([with_!, without!], simd);
      expect(outputOf(a!)).toEqual(outputOf(b!));
    }
  });
});
