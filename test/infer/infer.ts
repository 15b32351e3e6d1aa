/** Infers the shapes of a text, for tests of what comes of that. */
import { expect } from "vitest";
import { CompileError, type Problem } from "../../compiler/base/error.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition, parseGraph } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { type InferOptions, inferShapes } from "../../compiler/infer/inferShapes.js";

/** The graph of a text, verified and round-tripped. */
export function infer(text: string, options?: InferOptions): string {
  const graph = inferShapes(parseDefinition(text), options);
  verifyGraph(graph);
  const printed = printGraph(graph);
  expect(printGraph(parseGraph(printed))).toBe(printed);
  return printed;
}

export function problemsOf(
  definition: string | Definition,
  options?: InferOptions,
): readonly Problem[] {
  try {
    inferShapes(typeof definition === "string" ? parseDefinition(definition) : definition, options);
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  return [];
}

export const codes = (text: string | Definition, options?: InferOptions): string[] =>
  problemsOf(text, options).map((problem) => problem.code);
