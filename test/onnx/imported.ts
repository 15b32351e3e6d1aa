/** What an ONNX model is read as, or why it is not, and what most such models are made of. */
import { CompileError, type Problem } from "../../compiler/base/error.js";
import { readOnnx, type ReadOnnxOptions } from "../../compiler/frontend/onnx/import.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import type { NodeText } from "../support/onnxModel.js";

export const body = (bytes: Uint8Array, options?: ReadOnnxOptions): string =>
  printDefinition(readOnnx(bytes, options)).split("\n\n")[0]!.trim();

export function problemsOf(bytes: Uint8Array, options?: ReadOnnxOptions): readonly Problem[] {
  try {
    readOnnx(bytes, options);
    return [];
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
}

export const x = { x: "f32[2,3]" };
export const relu: NodeText = { op: "Relu", in: ["x"], out: ["y"], name: "act" };
