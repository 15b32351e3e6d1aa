/** The public API of the compiler: the builder, and everything that turns a Definition into a module. */
export * from "./frontend/builder/index.js";
export { audio, type AudioOptions } from "./frontend/preparation/audio/spec.js";
export { image, type ImageOptions } from "./frontend/preparation/image/spec.js";
export { parsePreparation, type Preparation } from "./frontend/preparation/kinds.js";
export { prepareModel, type PreparedModel } from "./frontend/preparation/prepare.js";
export { boxes, type BoxesOptions } from "./frontend/interpretation/boxes.js";
export { classes, type ClassesOptions } from "./frontend/interpretation/classes.js";
export { interpretModel } from "./frontend/interpretation/interpret.js";
export { parseInterpretation, type Interpretation } from "./frontend/interpretation/kinds.js";
export { readLabels } from "./frontend/interpretation/labels.js";
export { mask, type MaskOptions } from "./frontend/interpretation/mask.js";
export { compile, planModel } from "./compile.js";
export type { CompileOptions, CompileResult, PassResult, PlanOptions } from "./compile.js";
export {
  defineConfig,
  type ModelConfig,
  type ModelOptions,
  type ProjectConfig,
} from "./project/config.js";
export type { OutputFile } from "./emit/outputFile.js";
export { writeFiles } from "./emit/writeFiles.js";
export { DEFAULT_LIMITS, startBudget } from "./base/budget.js";
export type { Budget, Limits, Resource } from "./base/budget.js";
export { CompileError, formatProblem } from "./base/error.js";
export type { Problem, ProblemCode } from "./base/error.js";
export type { Definition, State } from "./graph/definition.js";
export { constantTensor } from "./graph/constants.js";
export { exposeLayers } from "./graph/expose.js";
export { keepStates } from "./graph/states.js";
export type { Graph } from "./graph/graph.js";
export { parseDefinition, parseGraph } from "./graph/text/parse.js";
export { printDefinition, printGraph } from "./graph/text/print.js";
export { exportOnnx } from "./onnx-export/export.js";
export { readOnnx, type ReadOnnxOptions } from "./frontend/onnx/import.js";
export type { Program } from "./program/program.js";
export { quantize } from "./quantizeModel.js";
export type { QuantizeOptions } from "./quantize/calibrated.js";
export type { QuantizeResult } from "./quantize/quantize.js";
export type { QuantizationReport } from "./quantize/report.js";
export type { Sample, SampleSource } from "./quantize/samples.js";
export type { ArenaUse } from "./analysis/arena.js";
export type { KernelReport, Report } from "./report.js";
export type { StepTime } from "./steps.js";
export type { DType, Tensor, TensorType } from "./base/tensor.js";
export { VERSION } from "./base/version.js";
export { readWeights, withWeights } from "./frontend/weights/assign.js";
export { readNpy } from "./frontend/weights/npy.js";
export { readNpz } from "./frontend/weights/npz.js";
export { readSafetensors } from "./frontend/weights/safetensors.js";
