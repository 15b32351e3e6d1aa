/** Finds the verb, runs it, and turns whatever happens into an exit code and words on stderr. */
import { fail, formatProblem, MOST_PROBLEMS, printable, type Problem } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { readArguments } from "./arguments.js";
import { problemsOf } from "./problems.js";
import { helpOf, helpOfVerb, VERSION_LINE } from "./help.js";
import type { Streams } from "./verb.js";
import { verbs } from "./verbs.js";

/** 0: done. 1: the model is wrong. 2: the command line is. 3: Tilewright is. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Runs the command again in an engine with flags; undefined where this one has them, or no other can be started. */
export type Restart = (flags: readonly string[]) => Promise<ExitCode> | undefined;

/**
 * Runs a command line without the program's own name. Never throws. Without `restart`, what wants flags of the
 * engine runs without them.
 */
export async function runCommandLine(
  args: readonly string[],
  streams: Streams,
  restart: Restart = () => undefined,
): Promise<ExitCode> {
  try {
    return await dispatch(args, streams, restart);
  } catch (error) {
    return explain(error, streams);
  }
}

async function dispatch(
  [word, ...rest]: readonly string[],
  streams: Streams,
  restart: Restart,
): Promise<ExitCode> {
  if (word === "--version" || word === "-v") streams.stdout(VERSION_LINE);
  if (word === "--help" || word === "-h") streams.stdout(helpOf(verbs));
  if (/^(--version|-v|--help|-h)$/.test(word ?? "")) return 0;
  if (word === undefined) {
    streams.stdout(helpOf(verbs));
    return 2;
  }
  const verb = verbs.find(({ name }) => name === word);
  if (verb === undefined) {
    const names = verbs.map(({ name }) => name);
    const otherwise = { hint: `the verbs are ${names.join(", ")}` };
    return fail("usage", `there is no verb '${word}'`, {
      ...otherwise,
      ...suggestion(word, names),
    });
  }
  const { paths, given, help } = readArguments(verb, rest);
  if (help) {
    streams.stdout(helpOfVerb(verb));
    return 0;
  }
  const [path, ...others] = paths;
  const { argument = "<model>" } = verb;
  if (path === undefined) return fail("usage", `${verb.name} wants a ${argument}`);
  if (others.length > 0 && !argument.startsWith("<..."))
    fail("usage", `${verb.name} takes one ${argument}, and '${others[0]!}' is one more`);
  const again = restart(verb.engineFlags?.(given) ?? []);
  if (again !== undefined) return again;
  return (await verb.run(path, given, streams, others)) === 1 ? 1 : 0;
}

/** Says what is wrong, and whose fault that is. */
export function explain(error: unknown, streams: Streams): ExitCode {
  const problems = problemsOf(error);
  if (problems.length > 0) {
    const isUsage = ({ code }: Problem): boolean => code === "usage";
    for (const problem of problems.slice(0, MOST_PROBLEMS))
      complain(streams, formatProblem(problem));
    const more = problems.length - MOST_PROBLEMS;
    if (more > 0) complain(streams, `and ${more} more problems`);
    return problems.some(isUsage) ? 2 : 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  complain(streams, `this is a bug of Tilewright, please report it`);
  streams.stderr(`${text.split("\n").map(printable).join("\n")}\n`);
  return 3;
}

function complain({ stderr, color }: Streams, message: string): void {
  const word = color ? "\u001b[31merror\u001b[39m" : "error";
  stderr(`${word}: ${printable(message)}\n`);
}
