/** The table of what is read: every op of ONNX that has a meaning here, one row each. */
import type { Row } from "./importSite.js";
import { activationRows } from "./ops/activation.js";
import { constantRows } from "./ops/constant.js";
import { detectionRows } from "./ops/detection.js";
import { normalizeRows } from "./ops/normalize.js";
import { pointwiseRows } from "./ops/pointwise.js";
import { productRows } from "./ops/product.js";
import { quantizeRows } from "./ops/quantize.js";
import { reduceRows } from "./ops/reduce.js";
import { resampleRows } from "./ops/resample.js";
import { scatterRows } from "./ops/scatter.js";
import { selectRows } from "./ops/select.js";
import { sequenceRows } from "./ops/sequence.js";
import { shapeRows } from "./ops/shape.js";
import { windowRows } from "./ops/window.js";

export const onnxOps: Readonly<Record<string, Row>> = {
  ...pointwiseRows,
  ...activationRows,
  ...windowRows,
  ...productRows,
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
};

/** The row of an op of ONNX's own domain. */
export function findRow(opType: string): Row | undefined {
  return Object.hasOwn(onnxOps, opType) ? onnxOps[opType] : undefined;
}

export function rowNames(): readonly string[] {
  return Object.keys(onnxOps);
}
