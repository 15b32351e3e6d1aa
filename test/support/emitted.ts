/** Builds modules as a user would and imports them from a folder of their own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { compile, type CompileOptions, type CompileResult } from "../../compiler/compile.js";
import { writeFiles } from "../../compiler/emit/writeFiles.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { WasmLoadOptions, WasmModule } from "../../runtime/index.js";
import type { TensorData } from "../../compiler/base/tensor.js";
import { typeErrorsOf } from "./typeCheck.js";

export type Arrays = Readonly<Record<string, TensorData>>;

export interface EmittedModule {
  load(options?: WasmLoadOptions): Promise<EmittedModel>;
  /** With weights and, of WebAssembly, code that are not inline. */
  create(weights?: ArrayBuffer | Uint8Array, wasm?: WasmModule): EmittedModel;
}

export interface EmittedModel {
  run(inputs: Arrays): Arrays;
}

/** Compiles to stand-alone JavaScript, writes it to a new folder, and imports it. */
export async function importCompiled(
  definition: Definition,
  options: CompileOptions = {},
): Promise<{ readonly module: EmittedModule; readonly result: CompileResult }> {
  const result = await compile(definition, { ...options, standalone: true, js: true });
  const folder = await mkdtemp(join(tmpdir(), "emitted-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const [path] = await writeFiles(folder, result.files);
    const module = (await import(/* @vite-ignore */ pathToFileURL(path!).href)) as EmittedModule;
    // Weights beside the module are read while the folder is there.
    const loaded = await module.load();
    const load: EmittedModule["load"] = async (options) =>
      options === undefined ? loaded : module.load(options);
    return { module: { create: module.create, load }, result };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Messages of the strictest compiler for emitted TypeScript files; `options` besides. */
export function strictErrors(
  files: CompileResult["files"],
  options: ts.CompilerOptions = {},
): string[] {
  const texts = files.flatMap(({ path, content }) =>
    typeof content === "string" ? [[`/${path}`, content] as const] : [],
  );
  return typeErrorsOf(new Map(texts), {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    verbatimModuleSyntax: true,
    isolatedDeclarations: true,
    declaration: true,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    ...options,
  });
}
