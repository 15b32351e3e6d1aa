/** What keeps an ONNX model from being read, said all at once. */
import { describe, expect, it } from "vitest";
import type { Problem } from "../../compiler/base/error.js";
import { tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { findRow } from "../../compiler/frontend/onnx/ops.js";
import { insteadOf } from "../../compiler/frontend/onnx/unsupportedOps.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { random } from "../ops/cases/opCase.js";
import { onnxModel } from "../support/onnxModel.js";
import { problemsOf, relu, x } from "./imported.js";
import { changelog } from "./schemas/changelog.js";

describe("problems", () => {
  it("come all at once, one for all nodes that have it", () => {
    const problems = problemsOf(
      onnxModel({
        inputs: { ...x, d: "11[2]" },
        nodes: [
          { op: "Multinomial", in: ["x"], out: ["a"], name: "l1" },
          { op: "Multinomial", in: ["a"], out: ["b"], name: "l2" },
          { op: "LeakyRelu", in: ["x"], out: ["c"], name: "leaky", attributes: { slope: 0.5 } },
          { op: "Softmax", in: ["x"], out: ["e"], name: "soft", attributes: { axis: 5 } },
          { op: "Sum", in: ["b", "c", "d", "e"], out: ["y"] },
        ],
        outputs: ["y"],
      }),
    );
    expect(problems).toMatchObject([
      { code: "unsupported", node: "d", message: "input is float64" },
      { code: "unknown-op", op: "Multinomial", nodes: ["l1", "l2"] },
      { code: "unknown-attribute", op: "LeakyRelu", node: "leaky" },
      { code: "bad-attribute", node: "soft" },
    ]);
    expect(problems[2]!.hint).toContain("alpha");
  });

  const oneHot = (depth: number): Uint8Array =>
    onnxModel({
      inputs: { x: "i64[2,3]" },
      initializers: { depth: tensor("f32", [], [depth]), values: tensor("f32", [2], [0, 1]) },
      nodes: [{ op: "OneHot", in: ["x", "depth", "values"], out: ["y"] }],
      outputs: ["y"],
    });

  it.each<[string, Uint8Array, Problem["code"]]>([
    ["no depth", oneHot(0), "bad-attribute"],
    ["half a depth", oneHot(2.5), "bad-attribute"],
    ["a depth without end", oneHot(Infinity), "too-large"],
    ["a depth of 2^40", oneHot(2 ** 40), "too-large"],
    [
      "a range of whole numbers by halves",
      onnxModel({
        inputs: x,
        initializers: { from: tensor("i64", [], [0]), by: tensor("f32", [], [0.5]) },
        nodes: [{ op: "Range", in: ["from", "from", "by"], out: ["y"] }],
        outputs: ["y"],
      }),
      "type-mismatch",
    ],
    [
      "a cycle",
      onnxModel({
        inputs: x,
        nodes: [
          { op: "Add", in: ["x", "z"], out: ["y"] },
          { op: "Exp", in: ["y"], out: ["z"] },
        ],
        outputs: ["z"],
      }),
      "cycle",
    ],
    [
      "a dangling name",
      onnxModel({ inputs: x, nodes: [{ op: "Add", in: ["x", "q"], out: ["y"] }], outputs: ["y"] }),
      "unknown-operand",
    ],
    [
      "two values of a name",
      onnxModel({ inputs: x, nodes: [relu, relu], outputs: ["y"] }),
      "duplicate-name",
    ],
    [
      "an output that nothing computes",
      onnxModel({ inputs: x, nodes: [relu], outputs: ["q"] }),
      "unknown-operand",
    ],
    ["no outputs", onnxModel({ inputs: x, nodes: [relu], outputs: [] }), "no-output"],
    [
      "an opset from the future",
      onnxModel({ inputs: x, nodes: [relu], outputs: ["y"] }, { opset: 99 }),
      "unsupported",
    ],
    [
      "an op of another domain",
      onnxModel({ inputs: x, nodes: [{ ...relu, domain: "com.example" }], outputs: ["y"] }),
      "unknown-op",
    ],
    [
      "a missing input",
      onnxModel({ inputs: x, nodes: [{ op: "Add", in: ["x"], out: ["y"] }], outputs: ["y"] }),
      "missing-input",
    ],
    [
      "an input too many",
      onnxModel({ inputs: x, nodes: [{ ...relu, in: ["x", "x"] }], outputs: ["y"] }),
      "extra-input",
    ],
    [
      "an op newer than the model",
      onnxModel(
        { inputs: x, nodes: [{ op: "Gelu", in: ["x"], out: ["y"] }], outputs: ["y"] },
        { opset: 11 },
      ),
      "unsupported",
    ],
  ])("%s", (_, bytes, code) => {
    expect(problemsOf(bytes).map((problem) => problem.code)).toEqual([code]);
  });
});

describe("what an op cannot have", () => {
  it("is said in ONNX's names of node, op and attribute", () => {
    const bytes = onnxModel({
      inputs: { x: "f32[1,2,8,8]" },
      initializers: { w: random([4, 2, 3, 3], 1) },
      nodes: [
        {
          op: "Conv",
          in: ["x", "w"],
          out: ["c"],
          name: "c1",
          attributes: { strides: [1, 0], group: 0 },
        },
        { op: "MaxPool", in: ["x"], out: ["m"], name: "m1", attributes: { kernel_shape: [0, 2] } },
        { op: "MatMul", in: ["x", "w"], out: ["p"], name: "p1" },
        { op: "HardSwish", in: ["w"], out: ["h"], name: "h1" },
        { op: "BatchNormalization", in: ["x", "w", "w", "w", "w"], out: ["b"], name: "b1" },
      ],
      outputs: ["c", "m", "p", "h", "b"],
    });
    expect(() => inferShapes(readOnnx(bytes))).toThrow(
      expect.objectContaining({
        problems: [
          {
            code: "bad-attribute",
            node: "c1",
            op: "Conv",
            message: "strides[1]: expected at least 1, not 0",
          },
          {
            code: "bad-attribute",
            node: "c1",
            op: "Conv",
            message: "group: expected at least 1, not 0",
          },
          {
            code: "bad-attribute",
            node: "m1",
            op: "MaxPool",
            message: "kernel_shape[0]: expected at least 1, not 0",
          },
          expect.objectContaining({ node: "p1", op: "MatMul" }),
          expect.objectContaining({ node: "b1", op: "BatchNormalization" }),
        ],
      }),
    );
  });

  it("is said of what is missing and of what has another value", () => {
    const bytes = onnxModel({
      inputs: x,
      nodes: [
        { op: "Concat", in: ["x"], out: ["a"], name: "join" },
        { op: "Mod", in: ["x", "x"], out: ["b"], name: "rest", attributes: { fmod: 2 } },
      ],
      outputs: ["a", "b"],
    });
    expect(problemsOf(bytes)).toEqual([
      {
        code: "bad-attribute",
        node: "join",
        op: "Concat",
        message: "attribute axis is missing",
        hint: "expected a number",
      },
      {
        code: "unsupported",
        node: "rest",
        op: "Mod",
        message: "attribute fmod: expected 0 or 1, not 2",
      },
    ]);
  });
});

describe("an op of ONNX that is not read", () => {
  it("has a hint of its own: no other op is meant", () => {
    const unread = [...changelog.keys()].filter(
      (op) => findRow(op) === undefined && !["If", "Loop", "Scan"].includes(op),
    );
    expect(unread.filter((op) => insteadOf(op) === undefined)).toEqual([]);
  });
});
