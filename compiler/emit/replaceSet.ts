/** Puts a set of files in place: after a kill the old set, the new one, or an old first file beside newer others. */
import { copyFile, link, lstat, open, rename, rm } from "node:fs/promises";
import { fail } from "../base/error.js";
import { readRegularFile } from "../base/readFile.js";
import { failOnFile } from "../base/fileError.js";
import { kept, newSuffix, removeAll, waiting } from "./temporary.js";

/** A path and what it shall hold. */
export interface Replacement {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/**
 * Replaces the files of a folder. Contents lie flushed beside their places before any file is renamed, and the
 * first file, which the others are read by, is renamed last. Where one cannot be written or renamed, what was
 * there is there again. Throws CompileError `usage`, also where somebody else replaced one of them meanwhile.
 */
export async function replaceSet(folder: string, files: readonly Replacement[]): Promise<void> {
  const suffix = newSuffix();
  const [first, ...others] = files.map(({ path }) => path);
  if (first === undefined) return;
  const inOrder = [...others, first];
  const replaced: string[] = [];
  const before = new Set<string>();
  const stamps = new Map<string, string>();
  try {
    for (const file of files) await writeFlushed(waiting(file.path, suffix), file.content);
    for (const path of [first, ...others]) {
      stamps.set(path, await stampOf(waiting(path, suffix)));
      if (await keepOld(path, kept(path, suffix))) before.add(path);
    }
    for (const path of inOrder) {
      await step(path, () => rename(waiting(path, suffix), path));
      replaced.push(path);
    }
  } catch (error) {
    const restored = replaced.map((path) =>
      before.has(path) ? rename(kept(path, suffix), path) : rm(path),
    );
    await Promise.allSettled(restored);
    throw error;
  } finally {
    await removeAll(inOrder.map((path) => waiting(path, suffix)));
    await removeAll(others.map((path) => kept(path, suffix)));
    await removeAll([kept(first, suffix)]);
  }
  await flushFolder(folder);
  for (const { path, content } of files)
    if ((await stampOf(path)) !== stamps.get(path) && !holds(path, content))
      fail("usage", `another build wrote ${path} at the same time`, { hint: "build again" });
}

/** Builds of one model may well meet: they write the same. */
function holds(path: string, content: string | Uint8Array): boolean {
  return Buffer.from(readRegularFile(path)).equals(Buffer.from(content as string));
}

async function writeFlushed(path: string, content: string | Uint8Array): Promise<void> {
  await step(path, async () => {
    const file = await open(path, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** What a rename leaves alone, and what no other file has. */
async function stampOf(path: string): Promise<string> {
  const { ino, size } = await step(path, () => lstat(path, { bigint: true }));
  return `${ino} ${size}`;
}

/** Whether there is anything to keep. File systems without links keep a copy. */
async function keepOld(path: string, copy: string): Promise<boolean> {
  try {
    await link(path, copy).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw error;
      return copyFile(path, copy);
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    return failOnFile(error, `cannot keep what is in ${path}`);
  }
}

/** Names that were renamed are on the disk only when their folder is; not every system can open one. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  await step(path, async () => {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  });
}

/** Names the file itself in what the file system says of it. */
async function step<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    return failOnFile(error, `cannot write ${path.replace(/\.\d+\.[0-9a-f]{8}\.(tmp|old)$/, "")}`);
  }
}
