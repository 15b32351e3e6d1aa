/** What is said of the dims of inputs and outputs, and that nothing is where the model says nothing. */
import { describe, expect, it } from "vitest";
import { layoutsOf } from "../../compiler/analysis/layouts.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import lenet5 from "../../examples/lenet5/model.js";

/** `x NCHW, y NHWC` of the body of a model of 4 channels. */
function layoutsIn(inputs: string, body: string): string {
  const text = `model net(${inputs}) {\n${body}\n}
@w : f32[4,4,1,1] = seed 1 center 0 spread 1
@v : f32[4,4,1] = seed 1 center 0 spread 1
@u : f32[4,4,1,1,1] = seed 1 center 0 spread 1
@m : f32[4,4] = seed 1 center 0 spread 1
`;
  const found = layoutsOf(inferShapes(parseDefinition(text)));
  return [...found.inputs, ...found.outputs].map((entry) => entry.join(" ")).join(", ");
}

const NCHW = "%x: f32[1,4,8,8]";

describe("layouts", () => {
  it.each([
    ["of convolutions", NCHW, "  %y = conv(%x, @w)\n  return y = %y", "x NCHW, y NCHW"],
    ["in one dimension", "%x: f32[1,4,8]", "  %y = conv(%x, @v)\n  return y = %y", "x NCW, y NCW"],
    ["in three", "%x: f32[1,4,8,8,8]", "  %y = conv(%x, @u)\n  return y = %y", "x NCDHW, y NCDHW"],
    [
      "through what is pointwise, of readers of other readers, too",
      NCHW,
      "  %a = neg(%x)\n  %b = relu(%a)\n  %c = conv(%a, @w)\n  %y = sigmoid(%c)\n  return b = %b, y = %y",
      "x NCHW, b NCHW, y NCHW",
    ],
    [
      "through permutations, both ways",
      "%x: f32[1,8,9,4]",
      "  %a = transpose(%x) {permutation=[0,3,1,2]}\n  %c = conv(%a, @w)\n  %y = transpose(%c) {permutation=[2,3,0,1]}\n  return y = %y",
      "x NHWC, y HWNC",
    ],
    [
      "of parts of a concat",
      `${NCHW}, %z: f32[1,4,8,8]`,
      "  %a = concat(%x, %z) {axis=2}\n  %y = conv(%a, @w)\n  return y = %y",
      "x NCHW, z NCHW, y NCHW",
    ],
    ["of pictures", "%x: u8[8,8,3]", '  %a = cast(%x) {to="f32"}\n  return y = %a', "x HWC, y HWC"],
    [
      "not behind reshapes",
      NCHW,
      "  %c = conv(%x, @w)\n  %y = flatten(%c)\n  return y = %y",
      "x NCHW",
    ],
    ["not of what is pointwise alone", NCHW, "  %y = relu(%x)\n  return y = %y", ""],
    ["not of matrices", "%x: f32[1,4]", "  %y = matmul(%x, @m) {axis=1}\n  return y = %y", ""],
    [
      "not where readers disagree",
      "%x: f32[1,4,4,4]",
      "  %a = transpose(%x) {permutation=[0,3,1,2]}\n  %b = conv(%a, @w)\n  %y = conv(%x, @w)\n  return b = %b, y = %y",
      "b NCHW, y NCHW",
    ],
  ])("%s", (_, inputs, body, expected) => {
    expect(layoutsIn(inputs, body)).toBe(expected);
  });

  it("of a network", () => {
    const { inputs, outputs } = layoutsOf(inferShapes(lenet5));
    expect([...inputs, ...outputs]).toEqual([["image", "NCHW"]]);
  });
});
