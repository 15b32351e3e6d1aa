/** Ops of detection as PyTorch computes them, and what is said of those that are not compiled. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";
import { problemsOf } from "./imported.js";

const x = tensor(
  "f32",
  [1, 2, 3, 3],
  Array.from({ length: 18 }, (_, i) => i / 4),
);

/** What a node of x and constants yields. */
function valuesOf(
  op: string,
  attributes: NodeText["attributes"],
  constants: Readonly<Record<string, Tensor>>,
): number[] {
  const names = ["x", ...Object.keys(constants)];
  const bytes = onnxModel({
    inputs: { x: "f32[1,2,3,3]" },
    initializers: constants,
    nodes: [{ op, in: names, out: ["y"], attributes: attributes ?? {} }],
    outputs: ["y"],
  });
  const graph = inferShapes(readOnnx(bytes));
  const [{ value }] = graph.outputs as [(typeof graph.outputs)[0]];
  return Array.from(evaluateGraph(graph, new Map([["x", x]])).get(value)!.data, Number);
}

const cycle = (dims: readonly number[], period: number, from: number): Tensor =>
  tensor(
    "f32",
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => ((i % period) + from) / 4),
  );

/** By torchvision 0.14.1 on PyTorch 1.13.0. */
describe("as torchvision has it", () => {
  it("deform_conv2d with a mask", () => {
    const w = tensor("f32", [1, 2, 2, 2], [1, -1, 2, 0.5, 0.25, -2, 1, 3]);
    const offset = cycle([1, 8, 2, 2], 7, -3);
    const mask = cycle([1, 4, 2, 2], 5, 1);
    const constants = { w, offset, bias: tensor("f32", [1], [0.5]), mask };
    expect(valuesOf("DeformConv", {}, constants)).toEqual([
      8.7197265625, 17.6796875, 6.69921875, -1.5625,
    ]);
  });

  it("roi_align with as many samples as a box is large", () => {
    const rois = tensor("f32", [2, 4], [0.5, 0.25, 3.5, 2.75, -1, 1, 1.5, 4]);
    const attributes = { output_height: 2, output_width: 2 };
    const values = valuesOf("RoiAlign", attributes, { rois, at: tensor("i64", [2], [0, 0]) });
    const expected = [
      0.46875, 0.765625, 1.40625, 1.703125, 2.71875, 3.015625, 3.65625, 3.953125, 0.46875, 1.03125,
      0.375, 0.796875, 1.59375, 3.28125, 0.9375, 1.921875,
    ];
    values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });
});

it("MaxUnpool counts in the smallest output, and fills up a larger one, as in ONNX's own case", () => {
  const bytes = onnxModel({
    inputs: { x: "f32[1,1,2,2]" },
    initializers: {
      at: tensor("i64", [1, 1, 2, 2], [5, 7, 13, 15]),
      size: tensor("i64", [4], [1, 1, 5, 5]),
    },
    nodes: [
      {
        op: "MaxUnpool",
        in: ["x", "at", "size"],
        out: ["y"],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
    ],
    outputs: ["y"],
  });
  const graph = inferShapes(readOnnx(bytes));
  const given = new Map([["x", tensor("f32", [1, 1, 2, 2], [5, 6, 7, 8])]]);
  const { data } = evaluateGraph(graph, given).get(graph.outputs[0]!.value)!;
  expect([6, 8, 16, 18].map((place) => data[place])).toEqual([5, 6, 7, 8]);
  expect(data.filter((value) => value !== 0)).toHaveLength(4);
});

describe("is refused with what to do instead", () => {
  it.each([
    ["Unique", "end the model before it"],
    ["StringNormalizer", "do what is done to texts before the model"],
    ["SequenceMap", "export it without"],
  ])("%s", (op, hint) => {
    const nodes = [{ op, in: ["x"], out: ["y"] }];
    const [problem] = problemsOf(onnxModel({ inputs: { x: "f32[3]" }, nodes, outputs: ["y"] }));
    expect(problem).toMatchObject({ code: "unknown-op", message: `${op} is not supported` });
    expect(problem!.hint).toContain(hint);
  });

  it("the maximum of as many samples as a box is large", () => {
    const nodes = [
      { op: "RoiAlign", in: ["x", "r", "b"], out: ["y"], attributes: { mode: "max" } },
    ];
    const inputs = { x: "f32[1,2,3,3]", r: "f32[4,4]", b: "i64[4]" };
    const read = (): unknown => inferShapes(readOnnx(onnxModel({ inputs, nodes, outputs: ["y"] })));
    expect(read).toThrow(/set the sampling ratio, or take the mean/);
  });

  it("texts as inputs", () => {
    const nodes = [{ op: "StringNormalizer", in: ["x"], out: ["y"] }];
    const problems = problemsOf(onnxModel({ inputs: { x: "type8[3]" }, nodes, outputs: ["y"] }));
    expect(problems[0]).toMatchObject({ message: "input is string" });
    expect(problems[0]!.hint).toContain("before the model");
  });
});
