/** What a call refuses, as its user reads it. */
import { CompileError, formatProblem } from "../../compiler/base/error.js";

/** The problems of the CompileError that a call throws; none where it throws nothing. */
export function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.problems.map(formatProblem);
  }
}
