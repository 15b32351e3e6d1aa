/** The registry: every op there is, by the name that definitions and graphs use. */
import { argMax, argMin } from "./argExtreme.js";
import { concat } from "./concat.js";
import { conv } from "./conv.js";
import { batchNorm, groupNorm, instanceNorm, layerNorm } from "./normalize.js";
import {
  adaptiveAveragePool,
  adaptiveMaxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  maxPool,
} from "./pool.js";
import { conv } from "./conv.js";
import { expand, tile } from "./expandTile.js";
import { gather } from "./gather.js";
import { matmul } from "./matmul.js";
import { pointwise } from "./pointwise.js";
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from "./pool.js";
import { reductions } from "./reduce.js";
import { dropout, flatten, identity, reshape, squeeze, transpose, unsqueeze } from "./shape.js";
import { slice, split } from "./slice.js";
import { logSoftmax, softmax } from "./softmax.js";

export const ops = {
  ...pointwise,
  ...reductions,
  conv,
  maxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  conv,
  maxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  adaptiveAveragePool,
  adaptiveMaxPool,
  batchNorm,
  layerNorm,
  groupNorm,
  instanceNorm,
  matmul,
  softmax,
  logSoftmax,
  argMax,
  argMin,
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  identity,
  dropout,
  transpose,
  concat,
  slice,
  split,
  expand,
  tile,
  gather,
} as const;

/** Whether a name, possibly from an untrusted file, is that of an op. */
export function isOpName(name: string): name is keyof typeof ops {
  return Object.hasOwn(ops, name);
}
