/** Small ONNX models, some of every row and of everything that a file can have besides nodes: what is mutated. */
import { fail } from "../../compiler/base/error.js";
import { elementCount } from "../../compiler/base/tensor.js";
import type { ReadFile } from "../../compiler/graph/constants.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { onnxOps } from "../../compiler/frontend/onnx/ops.js";
import { caseModel, drawNodeCase } from "../onnx/schemas/nodeCase.js";
import { cases, type OpCase } from "../ops/cases/index.js";
import { conditional, functions, network, rows, shapes, tensors } from "./handWrittenModels.js";
import { lists } from "./lists.js";
import { opModel } from "./opModel.js";
import { createRandom } from "./random.js";

/** Larger cases test kernels, not reading. */
const MOST_BYTES = 1500;
const EACH_OP = 6;

const isEmpty = ({ inputs, expected }: OpCase): boolean =>
  [...inputs, expected].some((value) => value !== undefined && elementCount(value.type.dims) === 0);

/** A reduction of nothing is written, but not read: engines differ about what it is. */
const reducesNothing = ({ nodes }: Graph): boolean =>
  nodes.some(({ attributes }) => "axes" in attributes && attributes.axes?.length === 0);

/** Cases of an op that differ most: those spread over the list. */
function exported(op: string): Uint8Array[] {
  const files = cases[op]!.filter((one) => !isEmpty(one)).flatMap((one) => {
    const graph = inferShapes(opModel(op, one, true).definition);
    const plain = graph.nodes.length > 0 && !reducesNothing(graph);
    const bytes = plain ? tryExport(graph) : undefined;
    return bytes === undefined || bytes.length > MOST_BYTES ? [] : [bytes];
  });
  const step = Math.max(1, files.length / EACH_OP);
  return files.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}

/** What ONNX has no word for is not written. */
function tryExport(graph: Graph): Uint8Array | undefined {
  try {
    return exportOnnx(graph);
  } catch {
    return undefined;
  }
}

/** Of ONNX's own those that nothing is written as. */
const READ_ONLY =
  "SimplifiedLayerNormalization ScatterND ScatterElements Scatter MaxUnpool CenterCropPad AffineGrid Compress NonMaxSuppression HannWindow HammingWindow BlackmanWindow MelWeightMatrix DFT STFT";

/** Ops of onnxruntime and a few of ONNX's own as the tests of schemas draw them. */
function drawn(): Uint8Array[] {
  const ops = Object.keys(onnxOps).filter((op) => op.includes("."));
  return [...ops, ...READ_ONLY.split(" ")].flatMap((op) => {
    const { since } = onnxOps[op]!.versions.at(-1)!;
    return [1, 2].map((seed) => caseModel(drawNodeCase(createRandom(seed), op, since)));
  });
}

/** The folder of all of them. */
export const readTiny: ReadFile = (path) =>
  path === "w.bin" ? new Uint8Array(128) : fail("bad-file", `there is no ${path}`);

export function tinyModels(): readonly Uint8Array[] {
  return [
    ...Object.keys(cases).flatMap(exported),
    ...rows,
    ...drawn(),
    // Once for each op would be too seldom for what has most to it.
    ...Array.from({ length: 8 }, () => [
      shapes,
      network,
      conditional,
      functions,
      tensors,
      lists,
    ]).flat(),
  ];
}
