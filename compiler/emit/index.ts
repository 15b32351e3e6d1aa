/** Emits the files of a compiled model: the module, its weights, and a copy of the runtime where asked for. */
import { format } from "prettier";
import { toDeclarations, toJavaScript } from "./javascript.js";
import { moduleSource } from "./module.js";
import { weightsFileName } from "./names.js";
import type { OutputFile } from "./outputFile.js";
import type { Emission, ModuleParts } from "./plan.js";
import { runtimeSource } from "./runtimeCopy.js";
import { typescriptParts } from "./typescript.js";
import { buildWasm, wasmFiles, wasmParts } from "./wasm.js";

/** The same bytes for the same emission, on any machine. */
export async function emitModule(emission: Emission): Promise<OutputFile[]> {
  const { name, standalone, constants, weights, js } = emission;
  const { parts, files: own } = await partsOf(emission);
  const files = await sourceFiles(name, moduleSource(emission, parts), js);
  if (standalone)
    files.push(...(await sourceFiles(`${name}.runtime`, runtimeSource(emission.target), js)));
  files.push(...own);
  if (weights === "file" && constants.length > 0)
    files.push({ path: weightsFileName(name), content: constants });
  return files;
}

/** What the target adds: its part of the module, and files beside it. */
async function partsOf(
  emission: Emission,
): Promise<{ readonly parts: ModuleParts; readonly files: readonly OutputFile[] }> {
  switch (emission.target) {
    case "ts":
      return { parts: typescriptParts(emission), files: [] };
    case "wasm": {
      const built = await buildWasm(emission);
      return { parts: wasmParts(emission, built), files: wasmFiles(emission, built) };
    }
    default:
      return emission.target satisfies never;
  }
}

async function sourceFiles(name: string, source: string, js: boolean): Promise<OutputFile[]> {
  if (!js) return [{ path: `${name}.ts`, content: await pretty(source) }];
  return [
    { path: `${name}.js`, content: await pretty(toJavaScript(source)) },
    { path: `${name}.d.ts`, content: await pretty(toDeclarations(source)) },
  ];
}

/** No configuration of the machine is read. Babel's parser is several times as fast as TypeScript's own. */
function pretty(source: string): Promise<string> {
  return format(source, { parser: "babel-ts", printWidth: 100, endOfLine: "lf" });
}
