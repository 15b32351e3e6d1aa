/** The registry: every op there is, by the name that definitions and graphs use. */
import { adaptiveAveragePool, adaptiveMaxPool } from "./adaptivePool.js";
import { argMax, argMin } from "./argExtreme.js";
import { batchNorm } from "./batchNorm.js";
import { col2im } from "./col2im.js";
import { branch } from "./branch.js";
import { concat } from "./concat.js";
import { conv } from "./conv.js";
import { convTranspose } from "./convTranspose.js";
import { cumSum } from "./cumSum.js";
import { deformColumns } from "./deformColumns.js";
import { depthToSpace, spaceToDepth } from "./depthToSpace.js";
import { einsum } from "./einsum.js";
import { expand, tile } from "./expandTile.js";
import { gather, gatherElements, gatherND } from "./gather.js";
import { gridSample } from "./gridSample.js";
import { gru } from "./gru.js";
import { localResponseNorm } from "./localResponseNorm.js";
import { lpPool } from "./lpPool.js";
import { lstm } from "./lstm.js";
import { matmul } from "./matmul.js";
import { maxPoolIndices } from "./maxPoolIndices.js";
import { nonMaxSuppression } from "./nonMaxSuppression.js";
import { nonZeroPlaces } from "./nonZero.js";
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from "./normalize.js";
import { pad } from "./pad.js";
import { pointwise } from "./pointwise.js";
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from "./pool.js";
import { reductions } from "./reduce.js";
import { resample } from "./resample.js";
import { resize } from "./resize.js";
import { roiAlign } from "./roiAlign.js";
import { dropout, flatten, identity, reshape, squeeze, transpose, unsqueeze } from "./shape.js";
import { scatterElements, scatterND } from "./scatter.js";
import { rnn } from "./rnn.js";
import { shape, size } from "./shapeOf.js";
import { slice, split } from "./slice.js";
import { logSoftmax, softmax } from "./softmax.js";
import { topKIndices } from "./topK.js";

export const ops = {
  ...pointwise,
  ...reductions,
  conv,
  convTranspose,
  maxPool,
  maxPoolIndices,
  averagePool,
  lpPool,
  globalAveragePool,
  globalMaxPool,
  adaptiveAveragePool,
  adaptiveMaxPool,
  batchNorm,
  layerNorm,
  rmsNorm,
  groupNorm,
  instanceNorm,
  localResponseNorm,
  matmul,
  lstm,
  gru,
  rnn,
  einsum,
  softmax,
  logSoftmax,
  argMax,
  argMin,
  topKIndices,
  nonZeroPlaces,
  nonMaxSuppression,
  cumSum,
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  shape,
  size,
  identity,
  dropout,
  transpose,
  concat,
  branch,
  slice,
  split,
  expand,
  tile,
  gather,
  gatherElements,
  gatherND,
  scatterElements,
  scatterND,
  pad,
  resize,
  resample,
  gridSample,
  roiAlign,
  deformColumns,
  col2im,
  depthToSpace,
  spaceToDepth,
} as const;

/** Whether a name, possibly from an untrusted file, is that of an op. */
export function isOpName(name: string): name is keyof typeof ops {
  return Object.hasOwn(ops, name);
}
