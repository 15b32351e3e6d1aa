/** Finds the verb, runs it, and turns whatever happens into an exit code and words on stderr. */
import { fail } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { readArguments } from "./arguments.js";
import { explain, type ExitCode } from "./explain.js";
import { helpOf, helpOfVerb, VERSION_LINE } from "./help.js";
import type { Streams } from "./verb.js";
import { withProject } from "./withProject.js";
import { verbs } from "./verbs.js";

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
  const again = restart(verb.engineFlags?.(given) ?? []);
  if (again !== undefined) return again;
  const [path, ...others] = paths;
  const { argument = "<model>" } = verb;
  if (path === undefined && verb.runAll !== undefined)
    return codeOf(await verb.runAll(given, streams));
  if (path === undefined) return fail("usage", `${verb.name} wants a ${argument}`);
  const most = argument.startsWith("<...") ? Infinity : argument.split(" ").length - 1;
  if (others.length > most)
    fail(
      "usage",
      `${verb.name} takes one ${argument.replace(/\[(.*)\]/, "<$1>").replace(" ", " and one ")}, and '${others[most]!}' is one more`,
    );
  const asks = argument.startsWith("<model>") && verb.asksProject !== true;
  const all = asks ? await withProject(verb.options, path, given) : given;
  return codeOf(await verb.run(path, all, streams, others));
}

function codeOf(code: number): ExitCode {
  return code === 1 || code === 2 ? code : 0;
}
