/** Puts what was thrown into coded problems, as far as it is not a bug of Tilewright. */
import { CompileError, type Problem } from "../base/error.js";
import { isFileError, reasonOf } from "../base/fileError.js";

const SMALLER = "a smaller model, or more memory for the process, is what helps";

/** What an engine says when a model is too much for it. */
const EXHAUSTED: readonly (readonly [RegExp, string])[] = [
  [/call stack/i, "the model is nested deeper than the stack of this process"],
  [
    /allocat|out of memory|Invalid (typed )?array length/i,
    "there is not enough memory for the model",
  ],
  [/string length|longer than 0x/i, "a text of the model is longer than the engine can hold"],
];

/** None where it is a bug. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof CompileError) return error.problems;
  if (isFileError(error)) {
    const path = error.path === undefined ? "" : ` ${error.path}`;
    return [{ code: "usage", message: `cannot ${error.syscall!}${path}: ${reasonOf(error)}` }];
  }
  if (!(error instanceof Error)) return [];
  // wabt is WebAssembly itself: it traps where its own stack ends.
  if (error instanceof WebAssembly.RuntimeError)
    return [{ code: "too-large", message: `the model is too much for wabt: ${error.message}` }];
  if (!(error instanceof RangeError) && !("code" in error)) return [];
  const [, message] = EXHAUSTED.find(([pattern]) => pattern.test(error.message)) ?? [];
  return message === undefined ? [] : [{ code: "too-large", message, hint: SMALLER }];
}
