/** Says whether files that are there may be replaced: those of the same model may, and nothing else unasked. */
import { lstatSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import { CompileError, type Problem } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { kindOf, readRegularFile } from "../base/readFile.js";
import { firstLineOf, OPENING_BYTES, originOf } from "./origin.js";
import type { OutputFile } from "./outputFile.js";
import { nameOfLeftover } from "./temporary.js";

export interface WriteOptions {
  /** Also replaces files that are not Tilewright's own, or another model's. */
  readonly force?: boolean;
  /** Files that are never replaced, whatever is forced: those that the new ones are made from. */
  readonly keep?: Iterable<string>;
  /** Whether what is in a file's place may be replaced; a module of the same model and what is beside it by default. */
  readonly isOwn?: (bytes: Uint8Array) => boolean;
}

const FORCE = "choose another name or folder, or replace it with --force";

/** Throws CompileError `usage` with every file that must stay as it is. `left`: leftovers of killed builds. */
export function refuseOthers(
  folder: string,
  files: readonly OutputFile[],
  left: readonly string[],
  { force = false, keep = [], isOwn }: WriteOptions,
): void {
  const sources = [...keep].flatMap((path) => statsOf(path, statSync) ?? []);
  const models = isOwn === undefined && !force ? modelsIn(folder, files, left) : new Set<string>();
  const problems = files.flatMap(({ path: name, content }): Problem[] => {
    const path = join(folder, name);
    const stats = statsOf(path, lstatSync);
    if (stats === undefined) return [];
    const kind = kindOf(stats);
    if (kind !== undefined) return [refusal(`${path} is ${kind}, not a file`)];
    if (sources.some(({ dev, ino }) => dev === stats.dev && ino === stats.ino))
      return [refusal(`${path} is what this is made from`, "choose another name or folder")];
    if (force) return [];
    if (isOwn === undefined) return whose(path, openingBytes(path), content, models);
    return isOwn(readRegularFile(path)) ? [] : [refusal(`${path} is there already`, FORCE)];
  });
  if (problems.length > 0) throw new CompileError(problems);
}

function refusal(message: string, hint?: string): Problem {
  return { code: "usage", message, ...(hint === undefined ? {} : { hint }) };
}

/** Nothing, or why a file of a module must stay. */
function whose(
  path: string,
  bytes: Uint8Array,
  content: OutputFile["content"],
  models: ReadonlySet<string>,
): Problem[] {
  const [there, wanted] = [originOf(bytes), originOf(content)];
  if (there !== undefined && wanted !== undefined) {
    if (there.identity === wanted.identity) return [];
    return [refusal(`${path} is of another model, ${there.model}`, FORCE)];
  }
  const alike =
    there === undefined &&
    wanted === undefined &&
    (typeof content !== "string" || firstLineOf(bytes) === firstLineOf(content));
  if (alike && models.size > 0) return [];
  return [refusal(`${path} was not written by Tilewright for this model`, FORCE)];
}

/** Modules of the model that is being written which are there, whole or left by a killed build: their identity. */
function modelsIn(
  folder: string,
  [module]: readonly OutputFile[],
  left: readonly string[],
): ReadonlySet<string> {
  const wanted = module === undefined ? undefined : originOf(module.content)?.identity;
  if (wanted === undefined) return new Set();
  const stem = module!.path.replace(/\.c?[jt]s$/, "");
  const names = [`${stem}.ts`, `${stem}.js`, `${stem}.cjs`];
  const paths = [
    ...names.map((name) => join(folder, name)),
    ...left.filter((path) => names.includes(nameOfLeftover(path))),
  ];
  const found = paths.filter(
    (path) =>
      statsOf(path, lstatSync)?.isFile() === true &&
      originOf(openingBytes(path))?.identity === wanted,
  );
  return new Set(found);
}

function openingBytes(path: string): Uint8Array {
  return readRegularFile(path, { first: OPENING_BYTES });
}

function statsOf(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : failOnFile(error, `cannot look at ${path}`);
  }
}
