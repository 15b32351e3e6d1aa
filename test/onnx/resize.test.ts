/** Resize by scales that are quotients: in f32 they give the sizes that onnxruntime gives. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel } from "../support/onnxModel.js";
import { runOnnx } from "../support/onnxRuntime.js";

const PAIRS = [
  [13, 19],
  [3, 25],
  [6, 7],
  [7, 29],
  [9, 1],
  [11, 7],
  [17, 12],
  [3, 8],
] as const;

function model([input, output]: readonly [number, number], mode: string): Uint8Array {
  const scales = tensor("f32", [3], [1, 1, output / input]);
  const floor = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  const attributes = { mode, ...(mode === "nearest" ? floor : {}) };
  return onnxModel({
    inputs: { x: `f32[1,1,${input}]` },
    initializers: { scales },
    nodes: [{ op: "Resize", in: ["x", "", "scales"], out: ["y"], attributes }],
    outputs: { y: "f32[1,1,N]" },
  });
}

describe.each(["nearest", "linear"])("%s by a quotient", (mode) => {
  it.each(PAIRS)("%i to %i", async (input, output) => {
    const bytes = model([input, output], mode);
    const x: Tensor = tensor("f32", [1, 1, input], [...Array(input).keys()]);
    const graph = inferShapes(readOnnx(bytes));
    const ours = evaluateGraph(graph, new Map([["x", x]])).get(graph.outputs[0]!.value)!;
    const theirs = (await runOnnx(bytes, new Map([["x", x]]))).get("y")!;
    expect(ours.type.dims).toEqual([1, 1, output]);
    expect(theirs.type.dims).toEqual([1, 1, output]);
    ours.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(theirs.data[i]), 5);
    });
  });
});
