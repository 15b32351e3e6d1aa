/** Pad that crops on one side and fills on the other: what is cropped is no edge any more, as onnxruntime has it. */
import { expect, it } from "vitest";
import { tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { onnxModel } from "../support/onnxModel.js";
import { runOnnx } from "../support/onnxRuntime.js";

const X = tensor("f32", [2, 5], [...Array(10).keys()]);
const PADS = [
  [0, -1, 0, 2],
  [0, 2, 0, -1],
  [0, -3, 1, 1],
  [-1, -3, 0, -1],
];

it.each(
  ["reflect", "edge", "wrap", "constant"].flatMap((mode) =>
    PADS.filter(([, , end]) => mode !== "reflect" || end === 0).map(
      (pads) => [mode, pads] as const,
    ),
  ),
)("%s by %j", async (mode, pads) => {
  const bytes = onnxModel(
    {
      inputs: { x: "f32[2,5]" },
      initializers: { pads: tensor("i64", [4], pads) },
      nodes: [{ op: "Pad", in: ["x", "pads"], out: ["y"], attributes: { mode } }],
      outputs: { y: "f32[M,N]" },
    },
    { opset: 19 },
  );
  const inputs = new Map([["x", X]]);
  const graph = inferShapes(readOnnx(bytes));
  const { type, data } = evaluateGraph(graph, inputs).get(graph.outputs[0]!.value)!;
  const theirs = (await runOnnx(bytes, inputs)).get("y")!;
  expect([type.dims, [...data]]).toEqual([theirs.type.dims, [...theirs.data]]);
});
