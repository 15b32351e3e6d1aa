/** Finds the verb, runs it, and turns whatever happens into an exit code and words on stderr. */
import { cac, type CAC } from "cac";
import { CompileError, formatProblem, printable } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { VERSION } from "../base/version.js";
import type { Given, Streams } from "./verb.js";
import { verbs } from "./verbs.js";

/** 0: done. 1: the model is wrong. 2: the command line is. 3: Tilewright is. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Runs a command line without the program's own name. Never throws. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<ExitCode> {
  try {
    const cli = describe(streams);
    cli.parse(["", "tilewright", ...args], { run: false });
    if (cli.matchedCommand !== undefined) return (await cli.runMatchedCommand()) === 1 ? 1 : 0;
    if (cli.options["help"] === true || cli.options["version"] === true) return 0;
    const [word] = cli.args;
    if (word === undefined) cli.outputHelp();
    else complain(streams, unknownVerb(word));
    return 2;
  } catch (error) {
    return explain(error, streams);
  }
}

function describe(streams: Streams): CAC {
  const cli = cac("tilewright");
  for (const verb of verbs) {
    const { name, argument = "<model>" } = verb;
    const command = cli.command(`${name} ${argument}`, verb.description);
    for (const [flags, description] of verb.options) command.option(flags, description);
    command.action((model: unknown, given: Given) => {
      const [path, ...others] = (Array.isArray(model) ? model : [model]).map(String);
      return verb.run(path!, given, streams, others);
    });
  }
  cli.help();
  cli.version(VERSION);
  return cli;
}

function unknownVerb(word: string): string {
  const names = verbs.map(({ name }) => name);
  const { hint } = suggestion(word, names);
  return `there is no verb '${word}'; ${hint ?? `the verbs are ${names.join(", ")}`}`;
}

function explain(error: unknown, streams: Streams): ExitCode {
  if (error instanceof CompileError) {
    for (const problem of error.problems) complain(streams, formatProblem(problem));
    return error.problems.some(({ code }) => code === "usage") ? 2 : 1;
  }
  if (error instanceof Error && error.name === "CACError") {
    complain(streams, error.message);
    return 2;
  }
  if (isFileError(error)) {
    complain(streams, error.message);
    return 2;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  complain(streams, `this is a bug of Tilewright, please report it`);
  streams.stderr(`${text.split("\n").map(printable).join("\n")}\n`);
  return 3;
}

/** A folder that cannot be written, a full disk: nothing a model or Tilewright could help. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && "path" in error;
}

function complain({ stderr, color }: Streams, message: string): void {
  const word = color ? "\u001b[31merror\u001b[39m" : "error";
  stderr(`${word}: ${printable(message)}\n`);
}
