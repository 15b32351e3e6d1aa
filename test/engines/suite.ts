/** Models built into a folder that Node and browsers run alike, and what a browser says of them. */
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { elementCount } from "../../compiler/base/tensor.js";
import { withChromium } from "./engines.js";
import { serveFolder } from "./serve.js";

/** A model by the name of its files, with what is special about its build. */
export type SuiteModel = readonly [string, Definition, CompileOptions?];

export interface SuiteOptions extends CompileOptions {
  /** Run every model a second time with the code for engines without relaxed SIMD, whatever the engine has. */
  readonly alsoPlain?: boolean;
}

/** Writes modules of all models and scripts that run them: suite/node.mjs and suite/index.html. */
export async function writeSuite(
  folder: string,
  models: readonly SuiteModel[],
  { alsoPlain = false, ...options }: SuiteOptions,
): Promise<void> {
  await cp(fileURLToPath(new URL("suite", import.meta.url)), folder, { recursive: true });
  const manifest = [];
  for (const [name, definition, own] of models) {
    const emission = { ...options, ...own, name, standalone: true, js: true };
    const { files, program } = await compile(definition, emission);
    await writeFiles(folder, files);
    const inputs = program.inputs.map((input) => ({
      name: input.name,
      length: elementCount(input.type.dims),
    }));
    const entry = { file: `./${name}.js`, inputs, weights: emission.weights === "file" };
    manifest.push(entry, ...(alsoPlain ? [{ ...entry, wasm: `./${name}.wasm` }] : []));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
}

/** By model, and code where it is given: for each of two runs a text for each output, its name and its bits. */
export type SuiteResults = Readonly<Record<string, readonly (readonly string[])[]>>;

/** What the page of a suite sends. */
export interface PageResult {
  readonly results: SuiteResults;
  readonly progress: readonly { readonly loaded: number; readonly total: number }[];
  readonly aborted: unknown;
  readonly missing: unknown;
  readonly page: unknown;
  readonly evaluated: boolean;
  /** Paths that were asked for. */
  readonly requested: ReadonlySet<string>;
}

/** Opens the page of a suite; `wasm` says whether the policy of its server allows WebAssembly. */
export async function inChromium(
  chromium: string,
  folder: string,
  page: string,
  wasm: boolean,
): Promise<PageResult> {
  const server = await serveFolder(folder, wasm);
  try {
    const text = await withChromium(chromium, `${server.address}/${page}`, server.result);
    return { ...(JSON.parse(text) as PageResult), requested: server.requested };
  } finally {
    server.close();
  }
}
