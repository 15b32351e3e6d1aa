/** What stands behind detectors: the best of 8,400 candidates by TopK and Gather, and by non-maximum suppression. */
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { onnxModel, type NodeText } from "../../support/onnxModel.js";
import { caseOf } from "../convolutions.js";
import type { Case, MakeCase } from "../peer.js";

const CANDIDATES = 8400;

/** The boxes and scores of the 100 candidates whose best class is the best. */
function best(name: string, classes: number): Case {
  const nodes: NodeText[] = [
    { op: "ReduceMax", in: ["scores", "last"], out: ["most"], attributes: { keepdims: 0 } },
    { op: "TopK", in: ["most", "count"], out: ["top", "rows"], attributes: { axis: 1 } },
    { op: "Squeeze", in: ["rows", "first"], out: ["flat"] },
    { op: "Gather", in: ["boxes", "flat"], out: ["chosen"], attributes: { axis: 1 } },
    { op: "Gather", in: ["scores", "flat"], out: ["said"], attributes: { axis: 1 } },
  ];
  const onnx = onnxModel({
    nodes,
    inputs: { boxes: `f32[1,${CANDIDATES},4]`, scores: `f32[1,${CANDIDATES},${classes}]` },
    outputs: { top: "f32[1,100]", chosen: "f32[1,100,4]", said: `f32[1,100,${classes}]` },
    initializers: {
      last: tensor("i64", [1], [2]),
      first: tensor("i64", [1], [0]),
      count: tensor("i64", [1], [100]),
    },
  });
  return { ...caseOf(name, readOnnx(onnx)), onnx };
}

export const boxes: readonly MakeCase[] = [
  { name: `TopK 100 of ${CANDIDATES}`, make: (name) => best(name, 80) },
];
