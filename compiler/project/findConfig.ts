/** Finds what a project says of a model: its config, a file beside the model, the query of an import. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail } from "../base/error.js";
import { parseJson } from "../base/json.js";
import { readParsed } from "../base/readFile.js";
import type { Cache, Made } from "./cache.js";
import { optionsFileOf, type ModelRequest, type ProjectRequest } from "./config.js";
import { readConfig, readOptions, readQuery } from "./readConfig.js";
import { openFiles } from "./files.js";
import type { Given } from "./given.js";

/** A project's config, and what decides what it is. */
export interface Project extends ProjectRequest {
  /** The config, absolute; undefined where there is none. */
  readonly file?: string;
  readonly dependencies: readonly string[];
}

/** What a folder's config may be called. */
export const CONFIG_NAMES: readonly string[] = ["ts", "mts", "js", "mjs", "json"].map(
  (ending) => `tilewright.config.${ending}`,
);

/**
 * The config of a folder, or the file itself where one is named. Throws CompileError with all that is wrong with it, and where
 * there are several.
 */
export async function openProject(
  folder: string,
  cache: Cache,
  named?: string,
  onDependency: (path: string) => void = () => undefined,
): Promise<Project> {
  const found = CONFIG_NAMES.map((name) => resolve(folder, name)).filter((path) =>
    existsSync(path),
  );
  if (named === undefined && found.length > 1)
    fail("usage", `there are several configs: ${found.join(", ")}`, { hint: "keep one of them" });
  const file = named === undefined ? found[0] : resolve(folder, named);
  if (file === undefined) return { shared: {}, models: [], dependencies: [] };
  onDependency(file);
  const { value, dependencies } = await cache.get({ config: file }, () => load(file, onDependency));
  return { ...value, file, dependencies };
}

async function load(
  file: string,
  onDependency: (path: string) => void,
): Promise<Made<ProjectRequest>> {
  if (file.endsWith(".json")) {
    const value = readParsed(file, (bytes) => readConfig(jsonOf(bytes), file));
    return { value, files: [], dependencies: [file], closed: true };
  }
  const { importDefault } = await import("./importDefault.js");
  const files = openFiles();
  try {
    const value = await importDefault(file, (exported) => readConfig(exported, file), files);
    return { value, files: [], dependencies: [...files.read], closed: files.closed };
  } finally {
    for (const path of files.read) onDependency(path);
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    return fail("usage", error instanceof Error ? error.message : String(error));
  }
}

/**
 * A model and all that is said of it: what is said nearer to its use counts more. Throws CompileError `usage` with what
 * is wrong with the file beside it or with the query.
 */
export function requestFor(project: ProjectRequest, model: string, query = ""): ModelRequest {
  const path = resolve(model);
  const listed = project.models.find((one) => one.model === path)?.given ?? project.shared;
  return { model: path, given: { ...listed, ...besides(path), ...readQuery(query, path) } };
}

/** The options of a file beside the model, if there is one. Throws CompileError `usage`. */
export function besides(model: string): Given {
  const file = optionsFileOf(model);
  return existsSync(file) ? readParsed(file, (bytes) => readOptions(jsonOf(bytes), file)) : {};
}

/** Where things are kept that can be made again, as other tools of a project do. */
export function cacheFolder(root: string): string {
  return join(root, "node_modules", ".cache", "tilewright");
}
