/** The table of what is read: every op of ONNX and of onnxruntime that has a meaning here, one row each. */
import type { Row } from "./importSite.js";
import { activationRows } from "./ops/activation.js";
import { constantRows } from "./ops/constant.js";
import { detectionRows } from "./ops/detection.js";
import { microsoftRows } from "./ops/microsoft/index.js";
import { fourierRows } from "./ops/fourier.js";
import { normalizeRows } from "./ops/normalize.js";
import { pointwiseRows } from "./ops/pointwise.js";
import { productRows } from "./ops/product.js";
import { quantizeRows } from "./ops/quantize.js";
import { recurrentRows } from "./ops/recurrent.js";
import { reduceRows } from "./ops/reduce.js";
import { resampleRows } from "./ops/resample.js";
import { scatterRows } from "./ops/scatter.js";
import { selectRows } from "./ops/select.js";
import { sequenceRows } from "./ops/sequence.js";
import { shapeRows } from "./ops/shape.js";
import { visionRows } from "./ops/vision.js";
import { soundTableRows } from "./ops/soundTables.js";
import { windowRows } from "./ops/window.js";

/** By name; ops of another domain than ONNX's own have it in front: com.microsoft.QLinearAdd. */
export const onnxOps: Readonly<Record<string, Row>> = {
  ...pointwiseRows,
  ...activationRows,
  ...windowRows,
  ...productRows,
  ...recurrentRows,
  ...normalizeRows,
  ...reduceRows,
  ...constantRows,
  ...shapeRows,
  ...selectRows,
  ...scatterRows,
  ...detectionRows,
  ...sequenceRows,
  ...resampleRows,
  ...quantizeRows,
  ...visionRows,
  ...microsoftRows,
  ...soundTableRows,
  ...fourierRows,
};

/** The row of an op by its name in the table. */
export function findRow(name: string): Row | undefined {
  return Object.hasOwn(onnxOps, name) ? onnxOps[name] : undefined;
}

export function rowNames(): readonly string[] {
  return Object.keys(onnxOps);
}
