/** The public API of the compiler: the builder, and everything that turns a Definition into a module. */
export * from "./graph/builder/index.js";
export { compile, planModel } from "./compile.js";
export type { CompileOptions, CompileResult, PassResult, PlanOptions } from "./compile.js";
export type { OutputFile } from "./emit/index.js";
export { writeFiles } from "./emit/writeFiles.js";
export { CompileError, formatProblem } from "./error.js";
export type { Problem, ProblemCode } from "./error.js";
export type { Definition } from "./graph/definition.js";
export type { Graph } from "./graph/graph.js";
export { parseDefinition, parseGraph } from "./graph/textParse.js";
export { printDefinition, printGraph } from "./graph/textPrint.js";
export type { Program } from "./program/program.js";
export type { KernelReport, Report } from "./report.js";
export type { DType, Tensor, TensorType } from "./tensor.js";
export { VERSION } from "./version.js";
export { readWeights, withWeights } from "./weights/assign.js";
export { readNpy, readNpz } from "./weights/npy.js";
export { readSafetensors } from "./weights/safetensors.js";
