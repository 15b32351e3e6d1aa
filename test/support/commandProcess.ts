/** Runs a command line as a process of its own, and says what it took. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { bundled } from "./bundle.js";
import type { Outcome } from "./commandLine.js";

/** Writes what the process used to a stream that nothing else writes to. */
const probe = `data:text/javascript,import fs from "node:fs";process.on("exit",()=>fs.writeSync(3,JSON.stringify(process.resourceUsage())))`;

export interface ProcessOutcome extends Outcome {
  /** The most memory it had at once. */
  readonly bytes: number;
  /** Of processors, its start included. */
  readonly ms: number;
}

/** `tilewright …args` */
export async function commandProcess(...args: readonly string[]): Promise<ProcessOutcome> {
  const main = await bundled("compiler/cli/main.ts");
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ["--import", probe, main, ...args],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const used = JSON.parse(output[3]!) as NodeJS.ResourceUsage;
  const ms = (used.userCPUTime + used.systemCPUTime) / 1000;
  return { code: status!, stdout, stderr, bytes: 1024 * used.maxRSS, ms };
}

export interface ShellOutcome extends Outcome {
  /** What ended it from outside: SIGKILL of a fault, or of what hung. */
  readonly signal: string | null;
}

/** How long a process may take before it counts as one that hangs. */
const HANGS_MS = 60_000;

/**
 * A line of a shell in which `tilewright` is the command, for streams that are closed, full or cut off; others
 * may run at the same time.
 */
export async function shellLine(
  line: string,
  {
    env = {},
    cwd = ".",
  }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<ShellOutcome> {
  const main = await bundled("compiler/cli/main.ts");
  const script = `tilewright() { "${process.execPath}" $FAULTS "${main}" "$@"; }\n${line}`;
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", script], {
      cwd,
      env: { ...process.env, FAULTS: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: HANGS_MS,
      killSignal: "SIGKILL",
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? -1, signal, stdout, stderr }));
  });
}

/** A command that goes on until it is told to end. */
export interface RunningCommand {
  /** Waits until it has said so since the last time that it was asked, on either stream. */
  says(expected: RegExp): Promise<string>;
  /** What ends it, and how: a signal, or itself. */
  end(
    signal?: NodeJS.Signals,
  ): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** `tilewright …args` in a folder. */
export async function startCommand(
  cwd: string,
  ...args: readonly string[]
): Promise<RunningCommand> {
  const main = await bundled("compiler/cli/main.ts");
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close") as Promise<[number | null, string | null]>;
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return {
    async says(expected) {
      const until = Date.now() + HANGS_MS;
      while (!expected.test(said)) {
        if (Date.now() > until || child.exitCode !== null)
          throw new Error(`it did not say ${expected}, but:\n${said}`);
        await sleep(10);
      }
      const heard = said;
      said = "";
      return heard;
    },
    async end(signal) {
      const timer = setTimeout(() => child.kill("SIGKILL"), HANGS_MS);
      if (signal !== undefined) child.kill(signal);
      const [code, ended] = await closed;
      clearTimeout(timer);
      return { code, signal: ended };
    },
  };
}
