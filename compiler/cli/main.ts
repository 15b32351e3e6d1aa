#!/usr/bin/env node
/** The `tilewright` command. */
import { runCommandLine } from "./cli.js";

// `tilewright dump x.tw | head` closes the pipe early, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const terminal = process.stderr.isTTY;
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  terminal,
  color: terminal && (process.env["NO_COLOR"] ?? "") === "",
});
