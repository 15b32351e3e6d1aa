/** Inputs of models are replaced by what an application has, and whatever is wrong with that is said, all of it. */
import { describe, expect, expectTypeOf, it } from "vitest";
import { image, model, prepareModel, relu, type Preparation } from "../../../compiler/index.js";
import {
  IMAGE_SCHEMA,
  type ImagePreparation,
  type ImageSpec,
} from "../../../compiler/frontend/preparation/image/spec.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { printDefinition } from "../../../compiler/graph/text/print.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { problemsOf } from "../../support/problems.js";
import { noise } from "./references.js";

const NET = parseDefinition(`model net(%photo: f32[N,3,H,W], %other: f32[N,H]) {
  %a = relu(%photo)
  %photo.cast_1 = relu(%other)
  return a = %a, photo = %photo, b = %photo.cast_1
}
`);

const shapes = { photo: [1, 3, 4, 5] };

/** Of a model f32[1,channels,height,width] that returns what it takes. */
const plain = (dims: readonly number[], dtype = "f32"): Definition =>
  parseDefinition(
    `model net(%x: ${dtype}[${dims.join(",")}]) {\n  %y = identity(%x)\n  return y = %y\n}\n`,
  );

function evaluated(definition: Definition, pixels = noise([4, 5, 3])): number[] {
  const graph = inferShapes(definition, {});
  const values = evaluateGraph(graph, new Map([[graph.inputs[0]!.name, pixels]]));
  return Array.from(values.get(graph.outputs[0]!.value)!.data, Number);
}

describe("prepareModel", () => {
  const { definition, bindings } = prepareModel(
    NET,
    { photo: image({ from: "rgb8", scale: 1 }) },
    { shapes },
  );

  it("replaces the input everywhere, under names that are free, and keeps the sizes of others", () => {
    expect(printDefinition(definition)).toMatchInlineSnapshot(`
      "model net(%photo: u8[4,5,3], %other: f32[N,H]) {
        %photo.cast_1.1 = cast(%photo) {to="f32"}
        %photo.transpose_1 = transpose(%photo.cast_1.1) {permutation=[2,0,1]}
        %photo.unsqueeze_1 = unsqueeze(%photo.transpose_1) {axes=[0]}
        %photo.expand_1 = expand(%photo.unsqueeze_1) {shape=[1,3,4,5]}
        %a = relu(%photo.expand_1)
        %photo.cast_1 = relu(%other)
        return a = %a, photo = %photo.expand_1, b = %photo.cast_1
      }
      "
    `);
    expect(bindings).toEqual({ dims: { N: 1, H: 4 }, shapes: {} });
    expect(() => inferShapes(definition, bindings)).not.toThrow();
  });

  it("leaves a model alone where nothing is prepared", () => {
    expect(prepareModel(NET, {}, { shapes })).toEqual({ definition: NET, bindings: { shapes } });
  });

  it("keeps what is bound for other inputs", () => {
    const bound = { dims: { N: 1 }, shapes: { ...shapes, other: [1, 4] } };
    const prepared = prepareModel(NET, { photo: image({ from: "rgb8" }) }, bound);
    expect(prepared.bindings).toEqual({ dims: { N: 1, H: 4 }, shapes: { other: [1, 4] } });
  });

  it("has a second input for the size where only a run knows it", () => {
    const taken = parseDefinition(`model net(%x: f32[1,1,2,2], %x.size: f32[1]) {
  %y = mul(%x, %x.size)
  return y = %y
}
`);
    const inputs = (one: Definition) =>
      prepareModel(one, { x: image({ size: { upTo: [8, 9] } }) }).definition.inputs;
    expect(inputs(plain([1, 1, 2, 2]))).toEqual([
      { name: "x", dtype: "u8", dims: [8, 9, 4] },
      { name: "x.size", dtype: "i32", dims: [2] },
    ]);
    expect(problemsOf(() => inputs(taken))).toEqual([
      "[duplicate-name] 'x': the preparation adds an input 'x.size', and the model has a value of that name; rename that",
    ]);
  });

  it("prepares channels last, and bytes", () => {
    const last = prepareModel(plain([1, 4, 5, 3]), { x: image({ from: "rgb8", scale: 1 }) });
    expect(evaluated(last.definition)).toEqual([...noise([4, 5, 3]).data]);
    const bytes = prepareModel(plain([1, 4, 5, 3], "u8"), { x: image({ from: "rgb8", scale: 1 }) });
    expect(evaluated(bytes.definition)).toEqual([...noise([4, 5, 3]).data]);
  });

  it("scales by channels in the model's order", () => {
    const options = { from: "rgb8", order: "bgr", mean: [0, 0.5, 1], std: [1, 2, 4] } as const;
    const { definition: prepared } = prepareModel(plain([1, 1, 1, 3]), {
      x: image({ ...options, mean: 0, std: 1 }),
    });
    expect(evaluated(prepared, tensor("u8", [1, 3, 3], [9, 8, 7, 6, 5, 4, 3, 2, 1]))).toHaveLength(
      3,
    );
    const rgb = prepareModel(plain([1, 3, 1, 1]), { x: image(options) }).definition;
    const values = evaluated(rgb, tensor("u8", [1, 1, 3], [255, 51, 0]));
    [0, (0.2 - 0.5) / 2, 0].forEach((want, c) => expect(values[c]).toBeCloseTo(want, 6));
  });
});

describe("the builder", () => {
  it("takes a preparation with the dims of what is made", () => {
    const prepare = image({ from: "rgb8", scale: 1 });
    const built = model("net", { x: { dims: [1, 3, 4, 5], prepare } }, ({ x }) => ({ y: relu(x) }));
    const { definition: prepared } = prepareModel(plain([1, 3, 4, 5]), { x: prepare });
    expect(evaluated(built)).toEqual(evaluated(prepared));
  });

  it("says what is wrong with it", () => {
    const build = (dims: readonly (number | string)[], prepare: Preparation) =>
      problemsOf(() => model("net", { x: { dims, prepare } }, ({ x }) => ({ y: relu(x) })));
    expect(build([1, 3, "H", 5], image())).toEqual([
      "[unbound-dimension] 'x': 'H' has no size, which its preparation must know",
    ]);
    expect(build([1, 2, 4, 5], image())[0]).toContain("which is no picture");
  });
});

describe("what is wrong", () => {
  const refused = (preparation: unknown, dims = [1, 3, 224, 224], dtype = "f32") =>
    problemsOf(() => prepareModel(plain(dims, dtype), { x: preparation as Preparation }));
  const of = (options: object) => refused({ kind: "image", ...options });

  it.each([
    [undefined, "the preparation has no kind; kinds are audio, image"],
    [[], "the preparation has no kind"],
    [{ kind: "toString" }, 'there is no preparation of kind "toString"'],
    [{ kind: "imgae" }, "did you mean 'image'?"],
  ])("with the kind of %j", (preparation, message) => {
    expect(refused(preparation).join("\n")).toContain(message);
  });

  it.each([
    [{ sise: [1, 1] }, `there is no option "sise"; did you mean 'size'?`],
    [{ "\u001b[2J": 1 }, "there is no option"],
    [{ size: [0, 5] }, "size[0]: "],
    [{ size: [2 ** 14 + 1, 5] }, "size[0]: "],
    [{ size: [4, 5, 3] }, "size"],
    [{ size: "4x5" }, "size: expected [height, width] or { upTo: [height, width] }"],
    [{ size: { upto: [4, 5] } }, "size"],
    [{ size: [2 ** 14, 2 ** 14] }, "has 1073741824 elements"],
    [{ size: { upTo: [2 ** 14, 2 ** 14] } }, "has 1073741824 elements"],
    [{ std: 0 }, "std: expected a number that is not 0"],
    [{ std: [1, NaN, 1] }, "std"],
    [{ std: [1, 2] }, "std has 2 numbers, the model takes 3 channels"],
    [{ mean: [1, 2] }, "mean has 2 numbers"],
    [{ mean: Infinity }, "mean"],
    [{ scale: 0 }, "scale: expected a number that is not 0"],
    [{ scale: NaN }, "scale: expected a number, not NaN"],
    [{ fill: 256, fit: "letterbox" }, "fill: expected at most 255, not 256"],
    [{ fill: 3 }, "fill says what a letterbox is filled with, but fit is stretch"],
    [{ shorterSide: 256 }, 'fit is stretch; say fit: "crop"'],
    [{ fit: "crop", shorterSide: 200 }, "500 × 400 resized to 250 × 200 does not cover"],
    [{ fit: "crop", shorterSide: 200, size: { upTo: [900, 900] } }, "it is at least 224"],
    [{ rule: "PIL" }, "rule: "],
    [{ rule: "pil", resize: "lanczos" }, "resize: "],
  ])("with the options %j", (options, message) => {
    const problems = of({ size: [500, 400], ...options });
    expect(problems.join("\n")).toContain(message);
    expect(problems.join("\n")).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it.each([
    [[1, 2, 4, 5], "f32"],
    [[2, 3, 4, 5], "f32"],
    [[3, 4, 5], "f32"],
    [[1, 3, 4, 5], "i32"],
    [[1, 4, 5, 4], "f32"],
  ])("with an input of %j %s", (dims, dtype) => {
    expect(refused(image(), dims, dtype)).toEqual([
      expect.stringContaining(`is ${dtype}[${dims.join(",")}], which is no picture`),
    ]);
  });

  it("with bytes that would be scaled", () => {
    expect(refused(image(), [1, 3, 4, 5], "u8").join()).toContain("which cannot be scaled");
  });

  it("is said of everything at once", () => {
    const photo = { kind: "image", std: 0, fit: "krop" } as unknown as Preparation;
    const problems = problemsOf(() =>
      prepareModel(NET, { photo, phot: image(), other: image() }, { shapes, dims: { Q: 1 } }),
    );
    expect(problems.map((problem) => problem.split(/[;:] /)[1])).toMatchInlineSnapshot(`
      [
        "did you mean 'photo'?",
        "did you mean 'N'?",
        "fit",
        "std",
        "is f32[1,4], which is no picture",
      ]
    `);
  });

  it("with an input that is bound to a value, or has no size", () => {
    const values = new Map([["photo", tensor("f32", [1, 3, 4, 5], new Array(60).fill(0))]]);
    const bound = problemsOf(() => prepareModel(NET, { photo: image() }, { values }));
    expect(bound.join()).toContain("is bound to a value, so there is nothing to prepare");
    const open = problemsOf(() => prepareModel(NET, { photo: image() }));
    expect(open.join()).toContain("[unbound-dimension] 'photo': 'H', 'W' of f32[N,3,H,W]");
  });
});

it("has one list of options", () => {
  expectTypeOf<keyof ImagePreparation>().toEqualTypeOf<keyof ImageSpec>();
  expect(Object.keys(IMAGE_SCHEMA.parse(image()))).not.toContain("size");
});
