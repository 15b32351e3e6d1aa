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
  | "over-limit"
  | "needs-constant"
  | "unsupported"
  | "bad-weights"
  | "missing-weight"
  | "extra-weight"
  | "misshapen-weight"
  | "bad-file"
  | "bad-schedule"
  | "bad-samples"
  | "stale-output"
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

/** So many problems are put in words; what is more is counted. */
export const MOST_PROBLEMS = 100;

/** A model, file or option that cannot be compiled; carries every problem found, not the first. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  constructor(readonly problems: readonly Problem[]) {
    super(formatProblems(problems));
  }
}

/** A line a problem, as many as anybody reads. */
export function formatProblems(problems: readonly Problem[]): string {
  const more = problems.length - MOST_PROBLEMS;
  const lines = problems.slice(0, MOST_PROBLEMS).map(formatProblem);
  return [...lines, ...(more > 0 ? [`and ${more} more problems`] : [])].join("\n");
}

/** Throws a CompileError with one problem. */
export function fail(
  code: ProblemCode,
  message: string,
  rest: Omit<Problem, "code" | "message"> = {},
): never {
  throw new CompileError([{ code, message, ...rest }]);
}

/** The problem with texts cut where they are longer than anybody reads, and lists where they are. */
export function shortenedProblem(problem: Problem): Problem {
  const { op, node, nodes, message, hint, bind } = problem;
  const names = (all: readonly string[]): string[] =>
    all.slice(0, MOST_PROBLEMS).map((name) => shortened(name, LONGEST.name));
  return {
    ...problem,
    message: shortened(message, LONGEST.message),
    ...(op === undefined ? {} : { op: shortened(op, LONGEST.op) }),
    ...(node === undefined ? {} : { node: shortened(node, LONGEST.name) }),
    ...(nodes === undefined ? {} : { nodes: names(nodes) }),
    ...(hint === undefined ? {} : { hint: shortened(hint, LONGEST.hint) }),
    ...(bind === undefined ? {} : { bind: names(bind) }),
  };
}

const LONGEST = { op: 100, name: 200, message: 600, hint: 400 } as const;

/**
 * `[shape-mismatch] conv 'layer1.0.conv1': message; hint` with control characters made visible, and cut where
 * it is longer than anybody reads.
 */
export function formatProblem(problem: Problem): string {
  const { code, op, message, hint } = shortenedProblem(problem);
  const where = [op, placeOf(problem)].filter((part) => part !== undefined).join(" ");
  const more = hint === undefined ? "" : `; ${hint}`;
  return printable(`[${code}] ${where === "" ? "" : `${where}: `}${message}${more}`);
}

/** `'a'`, or of several `'a', 'b', 'c' and 4 more` */
function placeOf({ node, nodes }: Problem): string | undefined {
  const quoted = (name: string): string => `'${shortened(name, LONGEST.name)}'`;
  if (nodes === undefined) return node === undefined ? undefined : quoted(node);
  const shown = nodes.slice(0, 3).map(quoted);
  const more = nodes.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

/** Two thirds of what is too long from its start and the rest from its end, where paths and reasons are. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = Math.floor(longest / 3);
  const cut = `${text.slice(0, longest - end - 1)}…${text.slice(-end)}`;
  return cut.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Names come from untrusted files: a terminal must not obey what they contain. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
