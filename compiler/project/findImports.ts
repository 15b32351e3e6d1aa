/** Finds imports of models in the sources of a project, without a bundler. */
import { readdirSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { readImport, type ModelImport } from "./imports.js";
import { readRegularFile } from "../base/readFile.js";

const SOURCES = /\.([cm]?[jt]sx?|vue|svelte|astro|html)$/;
const SKIPPED = new Set(["node_modules", "dist", "build", "out"]);
const SPECIFIER = /(["'`])(\.{1,2}\/[^"'`\n]+?)\1/g;

/** Each import once, of files and of all sources in folders. Throws CompileError where one cannot be read. */
export function findImports(paths: readonly string[]): readonly ModelImport[] {
  const found = new Map<string, ModelImport>();
  for (const source of paths.flatMap(sourcesIn)) {
    const text = new TextDecoder().decode(readRegularFile(source));
    for (const [, , specifier] of text.matchAll(SPECIFIER)) {
      const imported = readImport(specifier!);
      if (imported === undefined) continue;
      const path = resolve(dirname(source), imported.path);
      if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue;
      found.set(`${path}?${imported.written}`, { ...imported, path });
    }
  }
  return [...found.values()];
}

function sourcesIn(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((one) => {
    if (one.name.startsWith(".") || SKIPPED.has(one.name)) return [];
    if (one.isDirectory()) return sourcesIn(join(path, one.name));
    const isSource = one.isFile() && SOURCES.test(one.name) && !one.name.includes(".d.");
    return isSource ? [join(path, one.name)] : [];
  });
}

/** Files of models in a folder and those below it. */
export function findModels(folder: string, depth = 4): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    if (one.name.startsWith(".") || SKIPPED.has(one.name)) return [];
    if (one.isDirectory()) return depth === 0 ? [] : findModels(path, depth - 1);
    const isModel =
      extname(path) === ".onnx" || (/\.(tw|model\.[cm]?[jt]s)$/.test(path) && one.isFile());
    return isModel ? [path] : [];
  });
}
