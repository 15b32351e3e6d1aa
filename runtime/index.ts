/** What emitted modules import: memory, weights, checked inputs, a few numeric functions. No dependencies. */
export { featureMaps, featureVectors } from "./activation.js";
export type {
  FeatureMap,
  FeatureMaps,
  FeatureVector,
  FeatureVectors,
  Values,
} from "./activation.js";
export { allocate, constantMemory, decodeBase64 } from "./memory.js";
export type { Memory } from "./memory.js";
export { bits, float, round, saturate } from "./numbers.js";
export { widen, writeInputs } from "./values.js";
export type { ElementType, InputSpec } from "./values.js";
export { loadWeights } from "./weights.js";
export type { LoadOptions, Progress, WeightsSource } from "./weights.js";
