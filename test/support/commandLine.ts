/** Runs a command line in this process, as somebody without a terminal would, and keeps what it prints. */
import { runCommandLine } from "../../compiler/cli/cli.js";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tilewright …args` */
export async function command(...args: readonly string[]): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const code = await runCommandLine(args, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    terminal: false,
    color: false,
  });
  return { code, stdout, stderr };
}

/** The same in a folder. */
export async function commandIn(folder: string, ...args: readonly string[]): Promise<Outcome> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await command(...args);
  } finally {
    process.chdir(before);
  }
}
