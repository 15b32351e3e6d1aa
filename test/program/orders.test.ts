/** Networks that begin with 1×1 convolutions keep channels last from the first kernel on, as others do. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { channelsLast, stridesInOrder } from "../../compiler/place/views.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";

const model = parseDefinition(`model stack(%x: f32[1,64,14,14]) {
  %a = conv(%x, @w, @b)
  %r = relu(%a)
  %c = conv(%r, @v)
  %d = conv(%c, @w)
  %s = silu(%d)
  %e = conv(%s, @v)
  %f = add(%e, %c)
  %y = conv(%f, @w)
  return y = %y
}
@w : f32[256,64,1,1] = seed 1 center 0 spread 1
@v : f32[64,256,1,1] = seed 2 center 0 spread 1
@b : f32[256] = seed 3 center 0 spread 1
`);

describe.each(TARGET_NAMES)("a stack of 1×1 convolutions on %s", (target) => {
  const { graph, program } = planModel(model, { target });

  it("is products along the channels, of an input that is copied once", () => {
    const products = graph.nodes.filter(({ op }) => op === "matmul");
    expect(products.map(({ attributes }) => attributes)).toEqual(
      Array(5).fill({ axis: 1, zero: 0 }),
    );
    expect(graph.nodes.filter(({ op }) => op === "conv")).toEqual([]);
    const copies = program.kernels.filter(({ role }) => role === "copy");
    expect(copies.map(({ operands }) => operands)).toEqual([{ x: program.inputs[0]!.value }]);
    expect(program.kernels.indexOf(copies[0]!)).toBe(0);
  });

  it("has channels last in all values between input and output, which are row-major", () => {
    const written = program.kernels.map(({ output }) => program.values[output]!);
    expect(written.length).toBe(6);
    const strides = written.map(({ place }) => place!.strides);
    const wanted = written.map(({ type: { dims } }) => stridesInOrder(dims, channelsLast(4)));
    expect(strides.slice(0, -1)).toEqual(wanted.slice(0, -1));
    expect(program.inputs[0]!.place!.strides).toEqual([12544, 196, 14, 1]);
    expect(strides.at(-1)).toEqual([50176, 196, 14, 1]);
  });
});
