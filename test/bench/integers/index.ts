/** Files of quantised networks, which other engines get as they are: with scales of a calibration, and with scales of each run. */
import { readOnnx } from "../../../compiler/frontend/onnx/import.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { exportOnnx } from "../../../compiler/onnx-export/export.js";
import { QUANTIZE } from "../../../compiler/passes/arithmetic.js";
import { runPasses } from "../../../compiler/passes/index.js";
import { mobilenetV2 } from "../../../examples/mobilenetV2.js";
import { resnet18 } from "../../../examples/resnet18.js";
import { unlimited } from "../../support/unlimited.js";
import { caseOf } from "../convolutions.js";
import { quantized } from "../others/quantized.js";
import type { Case, MakeCase } from "../peer.js";
import { uSquareNet } from "./uSquareNet.js";

/** As onnxruntime's quantiser writes it: ConvInteger of weights that are bytes, and DynamicQuantizeLinear before. */
function dynamic(name: string, network: () => Definition): MakeCase {
  return { name, make: () => dynamicCase(name, network()) };
}

function dynamicCase(name: string, network: Definition): Case {
  let graph: Graph = inferShapes(network, unlimited());
  runPasses(graph, {
    ...unlimited(),
    arithmetic: "int8",
    observe(pass, after) {
      if (pass === QUANTIZE) graph = after;
    },
  });
  const onnx = exportOnnx(graph);
  // A sum that is rounded otherwise may be the next byte of what comes after it.
  return { ...caseOf(name, readOnnx(onnx, unlimited())), onnx, tolerance: 1 };
}

export const quantizedFiles: readonly MakeCase[] = [
  ...quantized,
  dynamic("ResNet-18, scales of each run", resnet18),
  dynamic("MobileNetV2, scales of each run", mobilenetV2),
  dynamic("U²-Net 128², scales of each run", () => uSquareNet(128)),
];
