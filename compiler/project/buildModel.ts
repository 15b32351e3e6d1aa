/** From the path of a model and what is said of it to the files of its module and what they come to. */
import { compile, type CompileOptions, type CompileResult } from "../compile.js";
import { emissionOptions } from "./buildOptions.js";
import { openFiles, type Files } from "./files.js";
import type { Given } from "./given.js";
import { checkLimits } from "./limits.js";
import { openModel, type OpenModel } from "./modelOptions.js";
import { downloadOf, type Download } from "./sizes.js";

export interface BuiltModel {
  readonly result: CompileResult;
  readonly download: Download;
  /** What was read for it. */
  readonly files: Files;
}

/** Options of `compile` that nobody else has a say in. */
export type MoreOptions = Pick<CompileOptions, "js" | "weights" | "wasm" | "onProgress">;

/** Reads and compiles; writes nothing. Throws CompileError with all problems, also where it is over a limit. */
export async function buildModel(
  path: string,
  given: Given,
  more: MoreOptions = {},
  files: Files = openFiles(),
): Promise<BuiltModel> {
  const emission = emissionOptions(path, given);
  const model = await openModel(path, given, files);
  return compileModel(path, given, model, { ...emission, ...more });
}

/** The same of a model that is open. */
export async function compileModel(
  path: string,
  given: Given,
  { definition, source, options, files, labels }: OpenModel,
  emission: CompileOptions,
): Promise<BuiltModel> {
  const named = labels === undefined ? {} : { labels };
  const result = await compile(definition, { ...options, ...emission, ...named, source });
  const download = await downloadOf(result);
  checkLimits(download.sizes, given, path);
  return { result, download, files };
}
