/** What graphs inside an ONNX model are read as: branches and functions. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import { float, type NodeText, onnxModel } from "../support/onnxModel.js";
import { body, problemsOf, x } from "./imported.js";

describe("branches", () => {
  const branch = (op: string) => ({ nodes: [{ op, in: ["x"], out: ["r"] }], outputs: ["r"] });
  const conditional = (
    initializers: Record<string, ReturnType<typeof tensor>>,
    before: NodeText[],
  ) =>
    onnxModel({
      inputs: { x: "f32[1,N]" },
      initializers,
      nodes: [
        {
          op: "If",
          in: ["c"],
          out: ["y"],
          attributes: { then_branch: branch("Exp"), else_branch: branch("Log") },
        },
        ...before,
      ],
      outputs: ["y"],
    });

  it.each([
    [1, "exp"],
    [0, "log"],
  ])("follow a constant %i", (value, op) => {
    const bytes = conditional({ c: tensor("bool", [], [value]) }, []);
    expect(body(bytes)).toContain(`%r = ${op}(%x)`);
    expect(body(bytes)).toContain("return y = %r");
  });

  it("follow what a shape says, once sizes are bound", () => {
    const before = [
      { op: "Shape", in: ["x"], out: ["s"] },
      { op: "Gather", in: ["s", "one"], out: ["n"] },
      { op: "Equal", in: ["n", "five"], out: ["c"] },
    ];
    const initializers = { one: tensor("i64", [], [1]), five: tensor("i64", [], [5]) };
    const bytes = conditional(initializers, before);
    expect(body(bytes, { shapes: { x: [1, 5] } })).toContain("exp(%x)");
    expect(body(bytes, { shapes: { x: [1, 6] } })).toContain("log(%x)");
    expect(problemsOf(bytes)).toMatchObject([{ code: "unbound-dimension", node: "x" }]);
  });
});

describe("what is returned by name, but is not there", () => {
  const absent = { nodes: [{ op: "Exp", in: ["x"], out: ["r"] }], outputs: ["q"] };
  const problem = {
    code: "unknown-operand",
    message: "nothing in it has the name 'q', which it returns",
  };

  it("by a branch is told", () => {
    const attributes = { then_branch: absent, else_branch: absent };
    const nodes = [{ op: "If", in: ["c"], out: ["y"], attributes }];
    const initializers = { c: tensor("bool", [], [1]) };
    const bytes = onnxModel({ inputs: x, initializers, nodes, outputs: ["y"] });
    expect(problemsOf(bytes)).toMatchObject([{ ...problem, op: "If" }]);
  });

  it("by a function is told", () => {
    const nodes = [{ op: "F", domain: "own", in: ["x"], out: ["y"] }];
    const own = { name: "F", domain: "own", inputs: ["x"], ...absent };
    const bytes = onnxModel({ inputs: x, nodes, outputs: ["y"] }, { functions: [own] });
    expect(problemsOf(bytes)).toMatchObject([{ ...problem, op: "F" }]);
  });
});

describe("fewer values than are named", () => {
  const none = { nodes: [], outputs: [] };
  const problem = { code: "unknown-operand", message: "it returns 0 values, and 1 is named" };

  it("by a branch are told", () => {
    const attributes = { then_branch: none, else_branch: none };
    const nodes = [{ op: "If", in: ["c"], out: ["y"], attributes }];
    const initializers = { c: tensor("bool", [], [1]) };
    const bytes = onnxModel({ inputs: x, initializers, nodes, outputs: ["y"] });
    expect(problemsOf(bytes)).toMatchObject([{ ...problem, op: "If" }]);
  });

  it("by a function are told", () => {
    const nodes = [{ op: "F", domain: "own", in: ["x"], out: ["y"] }];
    const own = { name: "F", domain: "own", inputs: ["x"], ...none };
    const bytes = onnxModel({ inputs: x, nodes, outputs: ["y"] }, { functions: [own] });
    expect(problemsOf(bytes)).toMatchObject([{ ...problem, op: "F" }]);
  });
});

describe("functions of the model", () => {
  const twice = {
    name: "Twice",
    domain: "own",
    inputs: ["a", "b"],
    outputs: ["r"],
    attributes: ["alpha"],
    nodes: [
      { op: "LeakyRelu", in: ["a"], out: ["t"], attributes: { alpha: { ref: "alpha", type: 1 } } },
      { op: "Max", in: ["t", "b"], out: ["r"] },
    ],
  };

  it("stand where they are called, with their attributes, absent inputs left out", () => {
    const bytes = onnxModel(
      {
        inputs: x,
        nodes: [
          {
            op: "Twice",
            domain: "own",
            in: ["x", "x"],
            out: ["h"],
            name: "first",
            attributes: { alpha: 0.5 },
          },
          {
            op: "Twice",
            domain: "own",
            in: ["h", "x"],
            out: ["y"],
            name: "second",
            attributes: { alpha: float(2) },
          },
        ],
        outputs: ["y"],
      },
      { functions: [twice] },
    );
    expect(body(bytes)).toBe(
      `model test(%x: f32[2,3]) {
  %first/t = leakyRelu(%x) {alpha=0.5}
  %first/r = max(%first/t, %x)
  %second/t = leakyRelu(%first/r) {alpha=2}
  %second/r = max(%second/t, %x)
  return y = %second/r
}`.replace(/%(first|second)\/(\w)/g, '%"$1/$2"'),
    );
  });

  it("that call themselves are refused", () => {
    const nodes = [{ op: "Twice", domain: "own", in: ["a", "b"], out: ["r"] }];
    const bytes = onnxModel(
      {
        inputs: x,
        nodes: [{ op: "Twice", domain: "own", in: ["x", "x"], out: ["y"] }],
        outputs: ["y"],
      },
      { functions: [{ ...twice, nodes }] },
    );
    expect(problemsOf(bytes)).toMatchObject([{ code: "too-large" }]);
  });
});
