/** Makes the files of a module of JavaScript: the module, its weights, and a copy of the runtime where asked for. */
import { format } from "prettier";
import type { Emission } from "./emission.js";
import { originComment } from "./header.js";
import { toDeclarations, toJavaScript } from "./javascript.js";
import { moduleSource } from "./module.js";
import { weightsFileName } from "./names.js";
import type { OutputFile } from "./outputFile.js";
import type { ModuleParts } from "./parts.js";
import { runtimeSource } from "./runtimeCopy.js";

/** The module first, then what lies beside it. */
export async function moduleFiles(emission: Emission, parts: ModuleParts): Promise<OutputFile[]> {
  const { name, standalone, constants, weights, js } = emission;
  const files = await sourceFiles(name, moduleSource(emission, parts), js, originComment(emission));
  if (standalone)
    files.push(...(await sourceFiles(`${name}.runtime`, runtimeSource(parts.runtime), js)));
  files.push(...parts.files);
  if (weights === "file" && constants.length > 0)
    files.push({ path: weightsFileName(name), content: constants });
  return files;
}

/** Declarations lose the comment that opens a source: `opening` takes its place. */
async function sourceFiles(
  name: string,
  source: string,
  js: boolean,
  opening = "",
): Promise<OutputFile[]> {
  if (!js) return [{ path: `${name}.ts`, content: await pretty(source) }];
  return [
    { path: `${name}.js`, content: await pretty(toJavaScript(source)) },
    { path: `${name}.d.ts`, content: await pretty(`${opening}\n${toDeclarations(source)}`) },
  ];
}

/** No configuration of the machine is read. Babel's parser is several times as fast as TypeScript's own. */
function pretty(source: string): Promise<string> {
  return format(source, { parser: "babel-ts", printWidth: 100, endOfLine: "lf" });
}
