/** What emitted modules import: memory, weights, checked inputs, a few numeric functions. No dependencies. */
export { featureMaps, featureVectors } from "./activation.js";
export type {
  FeatureMap,
  FeatureMaps,
  FeatureVector,
  FeatureVectors,
  Values,
} from "./activation.js";
export { beside } from "./advice.js";
export { bytesOf } from "./bytes.js";
export type { CodePart } from "./code.js";
export type { HalfArray } from "./halves.js";
export { hashBytes } from "./hash.js";
export { allocate, constantMemory, decodeBase64, viewsOf } from "./memory.js";
export type { Memory } from "./memory.js";
export { bits, float, half, round, saturate, sdot, usdot, dot16 } from "./numbers.js";
export { createOutputs } from "./outputs.js";
export type { RunOptions } from "./outputs.js";
export { checkLength } from "./part.js";
export type { Part, VerifyOptions } from "./part.js";
export type { Picture } from "./picture.js";
export type { Source } from "./source.js";
export { createReset } from "./states.js";
export { createPool } from "./threads.js";
export type { ThreadOptions, ThreadPool, ThreadsPart } from "./threads.js";
export { portsOf, writeInputs } from "./values.js";
export type { ElementType, PortInfo, PortSpec } from "./values.js";
export type { ByteProducts } from "./byteProducts.js";
export {
  byteProducts,
  compileWasm,
  createMemory,
  hasRelaxedSimd,
  loadModel,
  loadWasm,
  startWasm,
} from "./wasm.js";
export type {
  RunKernels,
  WasmCode,
  WasmLoadOptions,
  WasmMemory,
  WasmModule,
  WasmSource,
} from "./wasm.js";
export type { WeightsPart } from "./arrival.js";
export { loadInto, loadWeights } from "./weights.js";
export type { LoadOptions, Progress, WeightsSource } from "./weights.js";
export type { NewWorker, WorkerClass, WorkerLike } from "./workers.js";
