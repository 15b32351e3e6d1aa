/** The module of a model for whoever imports it: made once, kept as long as all that it is made from is the same. */
import { basename, resolve } from "node:path";
import { untrainedWarnings } from "../base/untrained.js";
import { type Cache, type CachedFile, type Made } from "./cache.js";
import { stemOf, type ModelRequest } from "./config.js";
import { openFiles } from "./files.js";

export interface ModuleRequest extends ModelRequest {
  /** Whether everything lies in the module itself. */
  readonly inline: boolean;
}

/** A module of JavaScript and what lies beside it. */
export interface ImportedModule {
  /** Of the module, without ending. */
  readonly name: string;
  readonly code: string;
  readonly declarations: string;
  /** Weights, WebAssembly and what workers run, by the names that the module knows them by. */
  readonly assets: readonly CachedFile[];
  /** What whoever builds should know: that parameters are random. */
  readonly warnings: readonly string[];
  /** Whatever changes, it must be made again. Absolute. */
  readonly dependencies: readonly string[];
}

/** Options that say where a build puts its files, and how: an import has its own place. */
const OF_BUILDS = [
  "outDir",
  "force",
  "js",
  "format",
  "format",
  "standalone",
  "contentNames",
  "emit",
  "name",
];

/**
 * Compiles a model, or takes it from the cache. Throws CompileError with all problems; `onDependency` is told the
 * files that were read until then.
 */
export async function moduleFor(
  request: ModuleRequest,
  cache: Cache,
  onDependency: (path: string) => void = () => undefined,
): Promise<ImportedModule> {
  const given = Object.fromEntries(
    Object.entries(request.given).filter(([name]) => !OF_BUILDS.includes(name)),
  );
  const { model, inline } = request;
  const { files, dependencies, value } = await cache.get({ model, given, inline }, () =>
    make(model, given, inline, onDependency),
  );
  // In the order of a build.
  const [module, declarations, ...assets] = files;
  return {
    name: basename(module!.path, ".js"),
    code: module!.content as string,
    declarations: declarations!.content as string,
    assets,
    warnings: value,
    dependencies,
  };
}

/** The compiler is loaded where there is something to compile. */
async function make(
  model: string,
  given: ModelRequest["given"],
  inline: boolean,
  onDependency: (path: string) => void,
): Promise<Made<readonly string[]>> {
  const { buildModel } = await import("./buildModel.js");
  const { fileStem } = await import("../emit/names.js");
  const files = openFiles();
  try {
    const more = inline ? ({ weights: "inline", wasm: "inline" } as const) : {};
    // Whatever the model's file is called, what lies beside the module has a name that can be an address.
    const asked = { ...given, name: [fileStem(stemOf(model))] };
    const result = await buildModel(model, asked, { js: true, ...more }, files);
    return {
      value: [...untrainedWarnings(result.emission.untrained), ...result.warnings],
      files: result.files,
      dependencies: [...files.read].map((path) => resolve(path)),
      closed: files.closed,
    };
  } finally {
    for (const path of files.read) onDependency(resolve(path));
  }
}
