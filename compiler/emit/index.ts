/** Emits the files of a compiled model: the module, its weights, and a copy of the runtime where asked for. */
import { format } from "prettier";
import { toDeclarations, toJavaScript } from "./javascript.js";
import { moduleSource } from "./module.js";
import { weightsFileName } from "./names.js";
import type { Emission } from "./plan.js";
import { runtimeSource } from "./runtimeCopy.js";

export interface OutputFile {
  /** A file name without folders. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** The same bytes for the same emission, on any machine. */
export async function emitModule(emission: Emission): Promise<OutputFile[]> {
  const { name, standalone, constants, weights } = emission;
  const files = await sourceFiles(name, moduleSource(emission), emission.js);
  if (standalone)
    files.push(...(await sourceFiles(`${name}.runtime`, runtimeSource(), emission.js)));
  if (weights === "file" && constants.length > 0)
    files.push({ path: weightsFileName(name), content: constants });
  return files;
}

async function sourceFiles(name: string, source: string, js: boolean): Promise<OutputFile[]> {
  if (!js) return [{ path: `${name}.ts`, content: await pretty(source) }];
  return [
    { path: `${name}.js`, content: await pretty(toJavaScript(source)) },
    { path: `${name}.d.ts`, content: await pretty(toDeclarations(source)) },
  ];
}

/** No configuration of the machine is read. */
function pretty(source: string): Promise<string> {
  return format(source, { parser: "typescript", printWidth: 100, endOfLine: "lf" });
}
