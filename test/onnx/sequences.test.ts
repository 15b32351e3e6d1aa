/** Lists of tensors and optional values: gone when a model is read, the same as on onnxruntime-web, refused by name. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel, type NodeText, type OnnxText } from "../support/onnxModel.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { body, problemsOf } from "./imported.js";
import { drawChain, inChains } from "./schemas/chains.js";

const OPSETS = [11, 15, 18, 24] as const;
const CHAINS = 5;

describe("chains of lists", () => {
  const chains = OPSETS.flatMap((opset) =>
    Array.from({ length: CHAINS }, (_, i) => drawChain(opset * 100 + i, opset)),
  );

  it("have every op", () => {
    const drawn = new Set(chains.flatMap(({ text }) => text.nodes.map(({ op }) => op)));
    expect([...inChains].filter((op) => !drawn.has(op))).toEqual([]);
  });

  it("agree with onnxruntime-web", async () => {
    for (const { text, inputs, opset } of chains) {
      const bytes = onnxModel(text, { opset });
      const definition = readOnnx(bytes);
      const graph = inferShapes(definition);
      const own = evaluateGraph(graph, inputs);
      const theirs = await runOnnx(bytes, inputs);
      for (const { name, value } of graph.outputs) {
        expect(own.get(value), printDefinition(definition)).toEqual(theirs.get(name));
      }
    }
  });
});

const at = (position: number) => tensor("i64", [], [position]);
const three: NodeText = { op: "SequenceConstruct", in: ["x", "x", "x"], out: ["s"], name: "list" };

function model(nodes: readonly NodeText[], more: Partial<OnnxText> = {}): Uint8Array {
  const initializers = { zero: at(0), five: at(5), yes: tensor("bool", [], [1]) };
  return onnxModel({ inputs: { x: "f32[2,3]" }, nodes, outputs: ["y"], initializers, ...more });
}

describe("lists", () => {
  it.each([[["x", "", "x"]], [["", "x"]]])("of %j miss a tensor", (inputs) => {
    const bytes = model([
      { op: "SequenceConstruct", in: inputs, out: ["s"] },
      { op: "SequenceAt", in: ["s", "zero"], out: ["y"] },
    ]);
    expect(problemsOf(bytes)).toMatchObject([{ code: "missing-input", op: "SequenceConstruct" }]);
  });

  it("leave nothing behind", () => {
    const nodes = [three, { op: "SequenceAt", in: ["s", "zero"], out: ["t"] }];
    expect(body(model([...nodes, { op: "Relu", in: ["t"], out: ["y"] }]))).toBe(
      `model test(%x: f32[2,3]) {
  %y = relu(%x)
  return y = %y
}
@zero : i64[] = [0]`,
    );
  });

  it("come out of branches", () => {
    const then_branch = { nodes: [three], outputs: ["s"] };
    const cond = { op: "If", in: ["yes"], out: ["l"], attributes: { then_branch } };
    const length = { op: "SequenceLength", in: ["l"], out: ["y"] };
    expect(body(model([cond, length]))).toContain("return y = @y");
  });

  it.each<[string, readonly NodeText[], string]>([
    [
      "as operands of tensors' ops",
      [three, { op: "Add", in: ["x", "s"], out: ["y"] }],
      "input B is a sequence of 3 tensors: expected a tensor",
    ],
    ["as outputs", [{ ...three, out: ["y"] }], "this output is a sequence of 3 tensors"],
    [
      "as conditions",
      [three, { op: "If", in: ["s"], out: ["y"] }],
      "the condition is a sequence of 3 tensors: expected a tensor",
    ],
    [
      "as positions",
      [three, { op: "SequenceAt", in: ["s", "s"], out: ["y"] }],
      "input 1 is a sequence: expected a tensor",
    ],
    [
      "where positions are outside",
      [three, { op: "SequenceAt", in: ["s", "five"], out: ["y"] }],
      "position 5 in a sequence of 3",
    ],
    ["where tensors are", [{ op: "SequenceLength", in: ["x"], out: ["y"] }], "expected a sequence"],
    [
      "where nothing is left to erase",
      [
        { op: "SequenceEmpty", out: ["e"] },
        { op: "SequenceErase", in: ["e"], out: ["l"] },
        { op: "SequenceLength", in: ["l"], out: ["y"] },
      ],
      "the sequence is empty",
    ],
    [
      "where an optional value is not there",
      [
        { op: "Optional", out: ["o"] },
        { op: "OptionalGetElement", in: ["o"], out: ["y"] },
      ],
      "the optional value is not there",
    ],
  ])("are refused %s", (_, nodes, message) => {
    expect(problemsOf(model(nodes)).map((one) => one.message)).toEqual([message]);
  });

  it("are refused where their positions vary, with what to bind", () => {
    const inputs = { x: "f32[2,3]", p: "i64[]" };
    const nodes = [three, { op: "SequenceAt", in: ["s", "p"], out: ["y"] }];
    expect(problemsOf(model(nodes, { inputs }))).toMatchObject([
      { code: "needs-constant", bind: ["p"] },
    ]);
  });
});
