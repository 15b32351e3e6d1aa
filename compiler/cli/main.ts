#!/usr/bin/env node
/** The `tilewright` command. */
import { fail } from "../base/error.js";
import { reasonOf } from "../base/fileError.js";
import { runCommandLine } from "./cli.js";
import { explain } from "./explain.js";
import { restart } from "./restart.js";
import type { Streams } from "./verb.js";

const terminal = process.stderr.isTTY;
const streams: Streams = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  terminal,
  color: terminal && (process.env["NO_COLOR"] ?? "") === "",
};

/** `tilewright dump x.tw | head` closes the pipe early, which is no error. */
let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") unwritten ??= error;
});
process.stderr.on("error", () => undefined);

// Only a model in code has anything that runs on its own.
let late = 0;
process.on("uncaughtException", (error) => {
  late = explainLate(error);
});

let done = false;
process.on("exit", () => {
  if (!done)
    process.exitCode = attempt(() =>
      fail("bad-file", "the model's code ended the process, or waits for what never comes"),
    );
  else if (unwritten !== undefined)
    process.exitCode = attempt(() =>
      fail("usage", `cannot write to standard output: ${reasonOf(unwritten)}`),
    );
  else if (late > 0) process.exitCode = late;
});

process.exitCode = await runCommandLine(process.argv.slice(2), streams, restart);
done = true;

function explainLate(error: unknown): number {
  return attempt(() =>
    fail("bad-file", `the model's code failed after it was imported: ${String(error)}`),
  );
}

function attempt(act: () => never): number {
  try {
    return act();
  } catch (error) {
    return explain(error, streams);
  }
}
