/** Names of files on their way into place, from which a later build sees whose they are and whether it lives. */
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";

const ENDING = /^(.+)(\.(\d+)\.[0-9a-f]{8})\.(tmp|old)$/;

/** `.1234.9f86d081`: the process, and what tells its builds apart. */
export function newSuffix(): string {
  return `.${process.pid}.${randomBytes(4).toString("hex")}`;
}

/** Where new contents wait, and where old ones are kept until all new ones are in place. */
export const waiting = (path: string, suffix: string): string => `${path}${suffix}.tmp`;
export const kept = (path: string, suffix: string): string => `${path}${suffix}.old`;

/**
 * What builds that were killed left of sets that have one of the files: all that has the same suffix, which
 * such a set's first file is sure to have. Paths, those of the first names first.
 */
export async function leftovers(folder: string, names: readonly string[]): Promise<string[]> {
  const found = (await readdir(folder)).flatMap((file) => {
    const [, name, suffix, pid] = ENDING.exec(file) ?? [];
    return name === undefined ? [] : [{ file, name, suffix: suffix!, pid: Number(pid) }];
  });
  const dead = new Set<string>();
  for (const { file, name, suffix, pid } of found)
    if (names.includes(name) && (await isGone(pid, join(folder, file)))) dead.add(suffix);
  return found.filter(({ suffix }) => dead.has(suffix)).map(({ file }) => join(folder, file));
}

/** What a leftover was to become, or had been: `a/x.ts.12.0a0a0a0a.tmp` => x.ts */
export function nameOfLeftover(path: string): string {
  return ENDING.exec(basename(path))![1]!;
}

export async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => rm(path, { force: true })));
}

const SLACK_MS = 2000;

/** In a container every build may have the same number: what is older than this process is not its own. */
async function isGone(pid: number, path: string): Promise<boolean> {
  if (pid === process.pid) {
    const started = Date.now() - 1000 * process.uptime() - SLACK_MS;
    const at = await stat(path).catch(() => undefined);
    return at !== undefined && at.mtimeMs < started;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
