/** Turns whatever was thrown into words on stderr and an exit code. */
import { formatProblem, MOST_PROBLEMS, printable, type Problem } from "../base/error.js";
import { problemsOf } from "./problems.js";
import type { Streams } from "./verb.js";

/** 0: done. 1: the model is wrong. 2: the command line is. 3: Tilewright is. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Says what is wrong, and whose fault that is. */
export function explain(error: unknown, streams: Streams): ExitCode {
  const problems = problemsOf(error);
  if (problems.length > 0) return explainAll(problems, streams, "");
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  complain(streams, `this is a bug of Tilewright, please report it`);
  streams.stderr(`${text.split("\n").map(printable).join("\n")}\n`);
  return 3;
}

/** The same of one model among several, which the words name. Throws again what is no problem of a model. */
export function explainProblems(error: unknown, streams: Streams, model: string): ExitCode {
  const problems = problemsOf(error);
  if (problems.length === 0) throw error;
  return explainAll(problems, streams, `${model}: `);
}

function explainAll(problems: readonly Problem[], streams: Streams, where: string): 1 | 2 {
  const isUsage = ({ code }: Problem): boolean => code === "usage";
  for (const problem of problems.slice(0, MOST_PROBLEMS))
    complain(streams, `${where}${formatProblem(problem)}`);
  const more = problems.length - MOST_PROBLEMS;
  if (more > 0) complain(streams, `${where}and ${more} more problems`);
  return problems.some(isUsage) ? 2 : 1;
}

function complain({ stderr, color }: Streams, message: string): void {
  const word = color ? "\u001b[31merror\u001b[39m" : "error";
  stderr(`${word}: ${printable(message)}\n`);
}
