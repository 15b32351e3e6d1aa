/** The table of exporters: how each op of the registry is said in ONNX, opset 20. */
import type { OpName } from "../graph/graph.js";
import { detectionExporters } from "./detection.js";
import { columnExporters } from "./columns.js";
import { pointwiseExporters } from "./pointwise.js";
import { poolExporters } from "./pool.js";
import { recurrentExporters } from "./recurrent.js";
import { resample } from "./resample.js";
import { resizeExporters } from "./resize.js";
import { shapeExporters } from "./shape.js";
import type { Site, Step } from "./site.js";
import { windowExporters } from "./window.js";

/** The first opset with Gelu; AveragePool's dilations and Pad's wrap are of 19. */
export const OPSET = 20;

/** Emits the nodes before the last and returns that one. Throws CompileError `unsupported`. */
export type Exporter<Name extends OpName> = (site: Site<Name>) => Step;

export const exporters: { readonly [Name in OpName]: Exporter<Name> } = {
  ...pointwiseExporters,
  ...windowExporters,
  ...columnExporters,
  ...poolExporters,
  ...shapeExporters,
  ...resizeExporters,
  ...detectionExporters,
  ...recurrentExporters,
  resample,
};
