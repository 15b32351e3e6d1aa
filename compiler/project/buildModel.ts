/** From the path of a model and what is said of it to the files of its module and what they come to. */
import { compile, type CompileOptions, type CompileResult } from "../compile.js";
import { emissionOptions } from "./buildOptions.js";
import type { Files } from "./files.js";
import type { Given } from "./given.js";
import { checkLimits, isLimited } from "./limits.js";
import { openModel, type OpenModel } from "./modelOptions.js";
import { downloadOf, type Download } from "./sizes.js";

export interface BuiltModel {
  readonly result: CompileResult;
  readonly download: Download;
}

/** Options of `compile` that nobody else has a say in. */
export type MoreOptions = Pick<CompileOptions, "js" | "weights" | "wasm" | "onProgress">;

/**
 * Reads and compiles; writes nothing. Throws CompileError with all problems, also where it is over a limit: what
 * clients download, which takes its time to compress, is counted only where there is one.
 */
export async function buildModel(
  path: string,
  given: Given,
  more: MoreOptions,
  files: Files,
): Promise<CompileResult> {
  const emission = { ...emissionOptions(path, given), ...more };
  const model = await openModel(path, given, files);
  return isLimited(given)
    ? (await compileModel(path, given, model, emission)).result
    : compileOpen(model, emission);
}

/** The same of a model that is open, with what clients download of it. */
export async function compileModel(
  path: string,
  given: Given,
  model: OpenModel,
  emission: CompileOptions,
): Promise<BuiltModel> {
  const result = await compileOpen(model, emission);
  const download = await downloadOf(result);
  checkLimits(download.sizes, given, path);
  return { result, download };
}

function compileOpen(
  { definition, source, options, labels }: OpenModel,
  emission: CompileOptions,
): Promise<CompileResult> {
  const named = labels === undefined ? {} : { labels };
  return compile(definition, { ...options, ...emission, ...named, source });
}
