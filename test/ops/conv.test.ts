/** What a convolution's kernel looks like: which axes it has, where it may leave x, and what it suggests. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { walkExpr } from "../../compiler/compute/walk.js";
import type { Compute, Boundary } from "../../compiler/compute/ir.js";
import { conv } from "../../compiler/ops/conv.js";
import { convTranspose } from "../../compiler/ops/convTranspose.js";
import type { TensorType } from "../../compiler/base/tensor.js";

const f32 = (...dims: number[]): TensorType => ({ dtype: "f32", dims });

function computesOf(op: typeof conv | typeof convTranspose, types: TensorType[], given: object) {
  const attributes = op.attributes.parse(given);
  const facts = types.map((type) => ({ type }));
  const inferred = op.infer(facts, attributes as never);
  const context = {
    inputs: types,
    attributes: (inferred.attributes ?? attributes) as never,
    output: inferred.type,
  };
  return op.compute(context).computes;
}

function axesOf({ axes, reduce }: Compute): string {
  const names = (list: Compute["axes"]): string => list.map((axis) => axis.name).join(" ");
  return `${names(axes)} | ${names(reduce)}`;
}

function boundaryOf({ body }: Compute): Boundary | undefined {
  let boundary: Boundary | undefined;
  walkExpr(body, (inner) => {
    if (inner.kind === "load" && inner.source === "x") boundary = inner.boundary;
  });
  return boundary;
}

describe("conv kernels", () => {
  const shapes: readonly (readonly [string, TensorType, TensorType, object, string])[] = [
    ["1-D", f32(1, 3, 8), f32(4, 3, 3), {}, "n oc ow | ic kw"],
    ["2-D", f32(1, 3, 8, 8), f32(4, 3, 3, 3), {}, "n oc oh ow | ic kh kw"],
    ["3-D", f32(1, 3, 4, 4, 4), f32(4, 3, 2, 2, 2), {}, "n oc od oh ow | ic kd kh kw"],
    ["grouped", f32(1, 4, 8, 8), f32(6, 2, 3, 3), { groups: 2 }, "n g oc oh ow | ic kh kw"],
    ["depthwise", f32(1, 4, 8, 8), f32(4, 1, 3, 3), { groups: 4 }, "n g oh ow | kh kw"],
    ["multiplied", f32(1, 4, 8, 8), f32(8, 1, 3, 3), { groups: 4 }, "n g oc oh ow | kh kw"],
    ["one map", f32(1, 1, 8, 8), f32(1, 1, 3, 3), {}, "n oc oh ow | kh kw"],
  ];
  it.each(shapes)("%s convolutions have only the axes they need", (_, x, w, given, axes) => {
    expect(computesOf(conv, [x, w], given).map(axesOf)).toEqual([axes]);
  });

  it("says what is outside only where a window leaves x", () => {
    const [x, w] = [f32(1, 3, 8, 8), f32(4, 3, 3, 3)];
    const boundary = (given: object): Boundary | undefined =>
      boundaryOf(computesOf(conv, [x, w], given)[0]!);
    expect(boundary({})).toBeUndefined();
    expect(boundary({ pads: [1, 1, 1, 1] })).toEqual({ mode: "constant", value: 0 });
    expect(boundary({ pads: [1, 1, 1, 1], padMode: "reflect" })).toEqual({ mode: "reflect" });
    // The last window of every row ends before the padding.
    expect(boundary({ pads: [0, 0, 1, 1], strides: [5, 5] })).toBeUndefined();
  });

  it("suggests the number of groups that would fit", () => {
    const infer = (): unknown =>
      conv.infer(
        [{ type: f32(1, 64, 8, 8) }, { type: f32(64, 1, 3, 3) }],
        conv.attributes.parse({}),
      );
    expect(infer).toThrow(CompileError);
    expect(infer).toThrow("was groups meant to be 64?");
  });
});

describe("convTranspose kernels", () => {
  it("have a nest a phase, over the taps that reach it", () => {
    const computes = computesOf(convTranspose, [f32(1, 3, 5), f32(3, 2, 3)], { strides: [2] });
    const taps = computes.map(({ reduce }) =>
      reduce.map(({ name, extent }) => `${name}=${extent}`),
    );
    expect(taps).toEqual([
      ["ic=3", "kw=2"],
      ["ic=3", "kw=1"],
    ]);
  });

  it.each([
    [[64, 64], { strides: [32, 32], pads: [16, 16, 16, 16] }, 4],
    [[32, 32], { strides: [32, 32] }, 1],
    [[4, 4], { strides: [2, 2], pads: [1, 1, 1, 1] }, 4],
    [[3], { strides: [2] }, 2],
    [[8], { strides: [4], dilations: [3] }, 3],
  ])("of kernels %j, %j have %i nests, however large the stride", (kernel, attributes, nests) => {
    const types = [f32(1, 2, ...kernel.map(() => 4)), f32(2, 2, ...kernel)];
    expect(computesOf(convTranspose, types, attributes)).toHaveLength(nests);
  });

  it("only write the bias where no tap reaches", () => {
    const types = [f32(1, 3, 5), f32(3, 2, 1), f32(2)];
    const computes = computesOf(convTranspose, types, { strides: [3] });
    expect(computes.map(({ reduce }) => reduce.length)).toEqual([2, 0]);
    expect(computes[1]!.axes.map(({ name }) => name)).toEqual(["n", "oc", "ow", "pw"]);
    expect(computes[1]!.body).toMatchObject({ kind: "load", source: "bias" });
  });
});
