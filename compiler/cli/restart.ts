/** Starts the command anew in an engine with other flags: V8 takes none once it runs, and newer ones end the process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Restart } from "./cli.js";
import type { ExitCode } from "./explain.js";

/** The same command line and streams in a process of its own; a signal that ends this one ends that one. */
export const restart: Restart = (flags) => {
  const missing = [...new Set(flags)].filter((flag) => !process.execArgv.includes(flag));
  return missing.length === 0 || !canStart() ? undefined : startAgain(missing);
};

/** Other engines have other flags, and a source that some loader translates is not started by its path. */
function canStart(): boolean {
  const { versions, argv } = process;
  return !("bun" in versions) && !("deno" in versions) && argv[1]?.endsWith(".ts") === false;
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function startAgain(flags: readonly string[]): Promise<ExitCode> {
  const args = [...flags, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ENDING) process.on(signal, pass);
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  for (const one of ENDING) process.off(one, pass);
  if (signal !== null) process.kill(process.pid, signal);
  return code === 0 || code === 1 || code === 2 ? code : 3;
}
