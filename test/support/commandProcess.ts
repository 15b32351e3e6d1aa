/** Runs a command line as a process of its own, and says what it took. */
import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import type { Outcome } from "./commandLine.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The command as one file of JavaScript: a process that translates its own sources is slow to start. */
async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    root,
    build: { ssr: "compiler/cli/main.ts", target: "node20", minify: false, write: false },
  })) as Rollup.RollupOutput;
  // Packages are found from here, and other tests may be about to write the same.
  const folder = join(root, "node_modules/.cache/command-line");
  const { code } = built.output[0];
  // Checkouts may share their packages: each has the command that it is about.
  const path = join(folder, `${createHash("sha256").update(code).digest("hex")}.mjs`);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, code);
  await rename(temporary, path);
  return path;
}

/** Writes what the process used to a stream that nothing else writes to. */
const probe = `data:text/javascript,import fs from "node:fs";process.on("exit",()=>fs.writeSync(3,JSON.stringify(process.resourceUsage())))`;

export interface ProcessOutcome extends Outcome {
  /** The most memory it had at once. */
  readonly bytes: number;
  /** Of processors, its start included. */
  readonly ms: number;
}

let bundled: Promise<string> | undefined;

/** `tilewright …args` */
export async function commandProcess(...args: readonly string[]): Promise<ProcessOutcome> {
  const main = await (bundled ??= bundle());
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ["--import", probe, main, ...args],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const used = JSON.parse(output[3]!) as NodeJS.ResourceUsage;
  const ms = (used.userCPUTime + used.systemCPUTime) / 1000;
  return { code: status!, stdout, stderr, bytes: 1024 * used.maxRSS, ms };
}
