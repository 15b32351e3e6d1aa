/** What can be wrong with a model, as data: every problem has a code, a place and a way out. */

/** Stable codes, so that tools and tests can tell problems apart without reading prose. */
export type ProblemCode =
  | "unknown-op"
  | "unknown-attribute"
  | "bad-attribute"
  | "missing-input"
  | "extra-input"
  | "shape-mismatch"
  | "type-mismatch"
  | "bad-dimension"
  | "unbound-dimension"
  | "unknown-operand"
  | "duplicate-name"
  | "bad-name"
  | "cycle"
  | "no-output"
  | "too-large"
  | "over-budget"
  | "needs-constant"
  | "unsupported"
  | "bad-weights"
  | "missing-weight"
  | "extra-weight"
  | "misshapen-weight"
  | "bad-file"
  | "bad-schedule"
  | "syntax"
  | "usage";

export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong and what was expected, with the numbers. */
  readonly message: string;
  /** The layer, as its author wrote it. */
  readonly node?: string;
  /** All the layers that have this very problem, where they are several; the first is `node`. */
  readonly nodes?: readonly string[];
  readonly op?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Inputs that must be constants for this problem to go away. */
  readonly bind?: readonly string[];
}

/** A model, file or option that cannot be compiled; carries every problem found, not the first. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/** Throws a CompileError with one problem. */
export function fail(
  code: ProblemCode,
  message: string,
  rest: Omit<Problem, "code" | "message"> = {},
): never {
  throw new CompileError([{ code, message, ...rest }]);
}

/** `[shape-mismatch] conv 'layer1.0.conv1': message; hint` with control characters made visible. */
export function formatProblem(problem: Problem): string {
  const where = [problem.op, placeOf(problem)].filter((part) => part !== undefined).join(" ");
  const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
  return printable(
    `[${problem.code}] ${where === "" ? "" : `${where}: `}${problem.message}${hint}`,
  );
}

/** `'a'`, or of several `'a', 'b', 'c' and 4 more` */
function placeOf({ node, nodes }: Problem): string | undefined {
  if (nodes === undefined) return node === undefined ? undefined : `'${node}'`;
  const shown = nodes.slice(0, 3).map((name) => `'${name}'`);
  const more = nodes.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

/** Names come from untrusted files: a terminal must not obey what they contain. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
