/** Makes the files of a module of JavaScript: the module in the language that is asked for, and its weights. */
import { weightsFileName, type Emission } from "./emission.js";
import { headerComment, originComment } from "./header.js";
import { moduleStatements } from "./module.js";
import type { OutputFile } from "./outputFile.js";
import type { ModuleParts } from "./parts.js";
import { printCommonJs, printDeclarations, printTypeScript } from "./printStatements.js";
import { readRuntime } from "./runtimeSource.js";
import { withoutTypes } from "./strip.js";

/** The module first, then what lies beside it. */
export async function moduleFiles(emission: Emission, parts: ModuleParts): Promise<OutputFile[]> {
  const { constants, weights } = emission;
  const files = [...(await sourceFiles(emission, parts)), ...parts.files];
  if (weights === "file" && constants.length > 0)
    files.push({ path: weightsFileName(emission), content: constants });
  return files;
}

async function sourceFiles(emission: Emission, parts: ModuleParts): Promise<OutputFile[]> {
  const { name, js, format, standalone } = emission;
  const runtime = standalone ? await readRuntime() : undefined;
  const statements = moduleStatements(emission, parts, runtime);
  const print = format === "cjs" ? printCommonJs : printTypeScript;
  const source = `${headerComment(emission, parts.flags)}\n${print(statements)}`;
  if (!js) return [{ path: `${name}.ts`, content: await pretty(source) }];
  const declarations = `${originComment(emission)}\n${printDeclarations(statements)}`;
  const [code, types] = format === "cjs" ? ["cjs", "d.cts"] : ["js", "d.ts"];
  return [
    { path: `${name}.${code}`, content: await pretty(await withoutTypes(source)) },
    { path: `${name}.${types}`, content: await pretty(declarations) },
  ];
}

/** No configuration of the machine is read. Babel's parser is several times as fast as TypeScript's own. */
async function pretty(source: string): Promise<string> {
  const { format } = await import("prettier");
  return format(source, { parser: "babel-ts", printWidth: 100, endOfLine: "lf" });
}
