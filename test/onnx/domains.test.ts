/** Ops of a domain besides ONNX's own: found by both names, what is said of those that nobody knows, and of scales that do not fit. */
import { describe, expect, it } from "vitest";
import { CompileError } from "../../compiler/base/error.js";
import { tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { MICROSOFT, onnxModel, type FunctionText } from "../support/onnxModel.js";
import { body, problemsOf, x } from "./imported.js";

function model(op: string, domain: string, functions: readonly FunctionText[] = []): Uint8Array {
  const nodes = [{ op, domain, in: ["x"], out: ["y"] }];
  return onnxModel({ inputs: x, nodes, outputs: ["y"] }, { functions, opset: 11 });
}

describe("an op of onnxruntime", () => {
  it("is read by its domain's version, whatever ONNX's is", () => {
    expect(body(model("Gelu", MICROSOFT))).toContain("= gelu(%x)");
  });

  it("is not one of ONNX's, nor the other way round", () => {
    expect(problemsOf(model("QuickGelu", "")).map(({ code }) => code)).toEqual(["unknown-op"]);
    expect(problemsOf(model("Relu", MICROSOFT)).map(({ code }) => code)).toEqual(["unknown-op"]);
  });

  it("is suggested by its name there", () => {
    const [problem] = problemsOf(model("QuikGelu", MICROSOFT));
    expect(problem!.message).toBe(
      "com.microsoft.QuikGelu is not an op of ONNX itself, and not supported",
    );
    expect(problem!.hint).toBe("did you mean 'QuickGelu'?");
  });

  it("without a near one has a way out", () => {
    const [problem] = problemsOf(model("Attention", MICROSOFT));
    expect(problem!.hint).toContain("a function for it in the model");
  });

  it.each([
    ["com.microsoft.nchwc", /up to extended/],
    ["ai.onnx.ml", /before or after the model/],
    ["constructor", /function for it in the model/],
  ])("of the domain %s has a hint for it", (domain, hint) => {
    expect(problemsOf(model("Conv", domain))[0]!.hint).toMatch(hint);
  });

  it("has the domain in its name where its inputs are wrong", () => {
    const nodes = [{ op: "QuickGelu", domain: MICROSOFT, in: ["x", "x"], out: ["y"] }];
    const [problem] = problemsOf(onnxModel({ inputs: x, nodes, outputs: ["y"] }));
    expect(problem!.message).toBe("2 inputs: com.microsoft.QuickGelu takes (X)");
  });

  it("is what the model says where it has a function of this name", () => {
    const own = {
      name: "Gelu",
      domain: MICROSOFT,
      inputs: ["a"],
      outputs: ["b"],
      nodes: [{ op: "Neg", in: ["a"], out: ["b"] }],
    };
    expect(body(model("Gelu", MICROSOFT, [own]))).toContain("= neg(%x)");
  });
});

describe("scales and blocks that do not fit", () => {
  it("an axis beyond the last", () => {
    const scale = tensor("f32", [3], [1, 2, 3]);
    const attributes = { axis: 5 };
    const nodes = [{ op: "DequantizeLinear", in: ["q", "scale"], out: ["y"], attributes }];
    const inputs = { q: "u8[2,3]" };
    const bytes = onnxModel({ inputs, initializers: { scale }, nodes, outputs: ["y"] });
    expect(readProblems(bytes)).toEqual(["shape-mismatch"]);
  });

  it.each([0, 8, 24, Number.MAX_SAFE_INTEGER])("a block size of %i", (size) => {
    const attributes = { K: 32, N: 2, block_size: size };
    const initializers = { b: tensor("u8", [2, 2, 8], []), s: tensor("f32", [2, 2], []) };
    const node = { op: "MatMulNBits", domain: MICROSOFT, attributes };
    const nodes = [{ ...node, in: ["x", "b", "s"], out: ["y"] }];
    const bytes = onnxModel({ inputs: { x: "f32[1,32]" }, initializers, nodes, outputs: ["y"] });
    expect(readProblems(bytes)).toEqual(["bad-attribute"]);
  });
});

/** What is wrong with a model, where not before its shapes are inferred. */
function readProblems(bytes: Uint8Array): readonly string[] {
  const problems = problemsOf(bytes);
  if (problems.length > 0) return problems.map(({ code }) => code);
  try {
    inferShapes(readOnnx(bytes));
    return [];
  } catch (error) {
    if (error instanceof CompileError) return error.problems.map(({ code }) => code);
    throw error;
  }
}
