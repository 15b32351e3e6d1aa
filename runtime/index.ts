/** What emitted modules import: memory, weights, checked inputs, a few numeric functions. No dependencies. */
export { featureMaps, featureVectors } from "./activation.js";
export type {
  FeatureMap,
  FeatureMaps,
  FeatureVector,
  FeatureVectors,
  Values,
} from "./activation.js";
export { allocate, checkWeights, constantMemory, decodeBase64, viewsOf } from "./memory.js";
export type { Memory } from "./memory.js";
export { bits, float, round, saturate } from "./numbers.js";
export { widen, writeInputs } from "./values.js";
export type { ElementType, InputSpec } from "./values.js";
export { compileWasm, createMemory, hasRelaxedSimd, loadWasm, startWasm } from "./wasm.js";
export type { WasmLoadOptions, WasmModule, WasmSource } from "./wasm.js";
export { loadInto, loadWeights } from "./weights.js";
export type { LoadOptions, Progress, WeightsSource } from "./weights.js";
