/** Puts files in place so that nobody ever sees half of one, nothing of others' is lost, and a kill leaves no mixture. */
import { mkdir, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import type { OutputFile } from "./outputFile.js";
import { refuseOthers, type WriteOptions } from "./overwrite.js";
import { replaceSet } from "./replaceSet.js";
import { leftovers, nameOfLeftover, removeAll } from "./temporary.js";

export type { WriteOptions } from "./overwrite.js";

/**
 * Writes files into a folder, which is made where needed, and returns their paths; the first is the one that
 * the others are read by. Replaces a module of the same model and the files beside it, and what else `options`
 * allow; sweeps what killed builds of these files left. Throws CompileError `usage` where something else is in
 * the way or the file system refuses: then everything is as it was.
 */
export async function writeFiles(
  folder: string,
  files: readonly OutputFile[],
  options: WriteOptions = {},
): Promise<readonly string[]> {
  const wrong = files.find(({ path }) => path === "" || path !== basename(path));
  if (wrong !== undefined) fail("usage", `'${wrong.path}' is no name of a file in a folder`);
  const made = await makeFolder(folder);
  try {
    const left = await leftovers(
      folder,
      files.map(({ path }) => path),
    );
    refuseOthers(folder, files, left, options);
    // Room for what comes; what shows whose the files are goes when they are whole.
    await removeAll(left.filter((path) => !isSource(path)));
    const placed = files.map(({ path, content }) => ({ path: join(folder, path), content }));
    await replaceSet(folder, placed);
    await removeAll(left);
    return placed.map(({ path }) => path);
  } catch (error) {
    if (made !== undefined) await removeEmpty(folder, made);
    return failOnFile(error, `cannot write into ${folder}`);
  }
}

const isSource = (path: string): boolean => /\.c?[jt]s$/.test(nameOfLeftover(path));

/** Makes a folder and those it is in; yields the outermost that was not there before. */
async function makeFolder(folder: string): Promise<string | undefined> {
  if (folder === "" || folder.includes("\0")) fail("usage", `'${folder}' is no path of a folder`);
  return makeInside(folder);
}

/** Node's own `recursive` tries for ever where a file system has no room for folders, as /proc. */
async function makeInside(folder: string): Promise<string | undefined> {
  if (await isFolder(folder)) return undefined;
  const outer = dirname(resolve(folder));
  const made = outer === resolve(folder) ? undefined : await makeInside(outer);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another build may have made it meanwhile.
    if (!(await isFolder(folder))) failOnFile(error, `cannot make the folder ${folder}`);
  }
  return made ?? folder;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Folders from the innermost to the outermost, as long as nobody else has put anything there. */
async function removeEmpty(folder: string, outermost: string): Promise<void> {
  try {
    for (let at = resolve(folder); at.startsWith(resolve(outermost)); at = dirname(at))
      await rmdir(at);
  } catch {
    // Somebody else's now.
  }
}
