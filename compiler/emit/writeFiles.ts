/** Puts files in place so that nobody ever sees half of one: temporary names first, then renames. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFile } from "./outputFile.js";

/** Writes files into a folder, which is made where needed, and returns their paths. Throws what the file system does. */
export async function writeFiles(
  folder: string,
  files: readonly OutputFile[],
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const suffix = `.${randomUUID()}.tmp`;
  const paths = files.map(({ path }) => join(folder, path));
  try {
    for (const [i, { content }] of files.entries()) await writeFile(paths[i]! + suffix, content);
    for (const path of paths) await rename(path + suffix, path);
  } finally {
    await Promise.all(paths.map((path) => rm(path + suffix, { force: true })));
  }
  return paths;
}
