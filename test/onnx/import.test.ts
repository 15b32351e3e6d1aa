/** What ONNX models are read as: names, outputs, constants and sizes. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { printDefinition, printGraph } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel } from "../support/onnxModel.js";
import { body, problemsOf, relu, x } from "./imported.js";
import { unlimited } from "../support/unlimited.js";

describe("names", () => {
  it("are those of nodes, and of values where nodes have none", () => {
    const nodes = [relu, { op: "Exp", in: ["y"], out: ["z"] }];
    expect(body(onnxModel({ inputs: x, nodes, outputs: ["z"] }))).toBe(
      `model test(%x: f32[2,3]) {
  %act = relu(%x)
  %z = exp(%act)
  return z = %z
}`,
    );
  });

  it("are told apart where nodes share one, or have an input's", () => {
    const nodes = [
      { ...relu, name: "x" },
      { op: "Exp", in: ["y"], out: ["z"], name: "x" },
    ];
    expect(body(onnxModel({ inputs: x, nodes, outputs: ["z"] }))).toContain("%x.2 = exp(%x.1)");
  });

  it("nodes come in any order, and those that nothing needs are not read", () => {
    const nodes = [
      { op: "Exp", in: ["y"], out: ["z"] },
      { op: "Multinomial", in: ["x"], out: ["unused"] },
      relu,
    ];
    expect(body(onnxModel({ inputs: x, nodes, outputs: ["z"] }))).toContain("%z = exp(%act)");
  });
});

describe("sums of products", () => {
  const einsum = (equation: string): Uint8Array =>
    onnxModel({
      inputs: { a: "f32[2,3,4]", b: "f32[2,4,5]" },
      nodes: [{ op: "Einsum", in: ["a", "b"], out: ["y"], attributes: { equation } }],
      outputs: ["y"],
    });

  it("keep their equations", () => {
    const [node] = inferShapes(readOnnx(einsum("bij, bjk -> bik"))).nodes;
    expect(node).toMatchObject({ op: "einsum", type: { dims: [2, 3, 5] } });
  });

  it("are refused where the equation does not fit", () => {
    expect(() => inferShapes(readOnnx(einsum("bij,bkj->bik")))).toThrow(CompileError);
    expect(() => inferShapes(readOnnx(einsum("b*j")))).toThrow(CompileError);
  });
});

describe("sums", () => {
  it("are chains with names that do not grow, however long", () => {
    const sum = (count: number) =>
      onnxModel({
        inputs: x,
        nodes: [{ op: "Sum", in: new Array<string>(count).fill("x"), out: ["y"] }],
        outputs: ["y"],
      });
    expect(body(sum(4))).toContain(`  %y.add.1 = add(%x, %x)
  %y.add = add(%y.add.1, %x)
  %y = add(%y.add, %x)
`);
    expect(readOnnx(sum(20_000), unlimited()).nodes).toHaveLength(19_999);
  });
});

describe("bounds", () => {
  const clip = (min: number, max: number): string =>
    body(
      onnxModel({
        inputs: x,
        initializers: { min: tensor("f32", [], [min]), max: tensor("f32", [], [max]) },
        nodes: [{ op: "Clip", in: ["x", "min", "max"], out: ["y"] }],
        outputs: ["y"],
      }),
    );

  it("that are infinite are none", () => {
    expect(clip(-Infinity, 6)).toContain("%y = clip(%x) {max=6}");
    expect(clip(0, Infinity)).toContain("%y = clip(%x) {min=0}");
  });

  it("that nothing can keep are values like others", () => {
    expect(clip(Infinity, 6)).toContain("%y.max = max(%x, @min)\n  %y = min(%y.max, @max)");
    expect(clip(0, NaN)).toContain("%y = min(%y.max, @max)");
  });
});

describe("several outputs", () => {
  it("become a layer each, those that something reads", () => {
    const split = {
      op: "Split",
      in: ["x"],
      out: ["a", "", "c"],
      attributes: { axis: 1, num_outputs: 3 },
    };
    const text = body(
      onnxModel({
        inputs: x,
        nodes: [split, { op: "Add", in: ["a", "c"], out: ["y"] }],
        outputs: ["y"],
      }),
    );
    expect(text).toContain("%a = split(%x) {axis=1, parts=3, index=0}");
    expect(text).toContain("%c = split(%x) {axis=1, parts=3, index=2}");
    expect(text).not.toContain("index=1");
  });

  it("say of listed sizes what lies before and after each part", () => {
    const nodes = [
      { op: "Split", in: ["x", "sizes"], out: ["a", "b"], attributes: { axis: 1 } },
      { op: "Concat", in: ["b", "a"], out: ["y"], attributes: { axis: 1 } },
    ];
    const sizes = (...list: number[]) =>
      onnxModel({
        inputs: x,
        nodes,
        outputs: ["y"],
        initializers: { sizes: tensor("i64", [list.length], list) },
      });
    const text = body(sizes(1, 2));
    expect(text).toContain("%a = split(%x) {axis=1, sizes=[0,1,2], index=1}");
    expect(text).toContain("%b = split(%x) {axis=1, sizes=[1,2,0], index=1}");
    expect(() => inferShapes(readOnnx(sizes(3)))).toThrow("part 1 of 1");
    expect(() => inferShapes(readOnnx(sizes(1, 3)))).toThrow("sum to 4");
  });

  it("are refused where they are not computed", () => {
    const problems = problemsOf(
      onnxModel({ inputs: x, nodes: [{ ...relu, out: ["y", "mask"] }], outputs: ["mask"] }),
    );
    expect(problems).toMatchObject([{ code: "unsupported", node: "act", op: "Relu" }]);
  });
});

describe("constants", () => {
  const w = tensor("f32", [3], [1, 2, 3]);

  it("may be inputs too, and are shared through identities", () => {
    const bytes = onnxModel({
      inputs: { ...x, w: "f32[3]" },
      initializers: { w },
      nodes: [
        { op: "Identity", in: ["w"], out: ["v"] },
        { op: "Add", in: ["x", "v"], out: ["s"] },
        { op: "Mul", in: ["s", "w"], out: ["y"] },
      ],
      outputs: ["y"],
    });
    expect(printDefinition(readOnnx(bytes))).toBe(`model test(%x: f32[2,3]) {
  %s = add(%x, @w)
  %y = mul(%s, @w)
  return y = %y
}
@w : f32[3] = [1, 2, 3]
`);
  });

  it.each([
    ["value_float", 1.5, "f32[] = [1.5]"],
    ["value_int", 7, "i64[] = [7]"],
    ["value_ints", [1, 2], "i64[2] = [1, 2]"],
    ["value", w, "f32[3] = [1, 2, 3]"],
  ])("from %s", (name, value, printed) => {
    const nodes = [{ op: "Constant", out: ["c"], attributes: { [name]: value } }];
    expect(printDefinition(readOnnx(onnxModel({ nodes, outputs: ["c"] })))).toContain(
      `@c : ${printed}`,
    );
  });
});

describe("sizes", () => {
  const dynamic = onnxModel({
    inputs: { x: "f32[N,3]" },
    initializers: { tail: tensor("i64", [1], [-1]), zero: tensor("i64", [1], [0]) },
    nodes: [
      { op: "Shape", in: ["x"], out: ["s"] },
      { op: "Gather", in: ["s", "zero"], out: ["n"] },
      { op: "Concat", in: ["n", "tail"], out: ["t"], attributes: { axis: 0 } },
      { op: "Reshape", in: ["x", "t"], out: ["y"] },
    ],
    outputs: { y: "f32[5,5]" },
  });

  it("stay symbols, and shape arithmetic is gone when they are bound; outputs' are hints", () => {
    const definition = readOnnx(dynamic);
    expect(definition.inputs[0]!.dims).toEqual(["N", 3]);
    const graph = inferShapes(definition, { shapes: { x: [4, 3] } });
    expect(printGraph(graph)).toContain("%y = reshape(%x) {shape=[4,3]} : f32[4,3]");
    expect(graph.nodes).toHaveLength(1);
  });

  it("are asked for by name", () => {
    expect(() => inferShapes(readOnnx(dynamic))).toThrow(
      /'N' of f32\[N,3\] has no size; give one with --shape/,
    );
  });

  it("without a name get one", () => {
    const bytes = onnxModel({ inputs: { x: "f32[-1,3]" }, nodes: [relu], outputs: ["y"] });
    expect(readOnnx(bytes).inputs[0]!.dims).toEqual(["x_dim_0", 3]);
  });
});
