/** Type-checks a project that lies on the disk, in which `tilewright` is this checkout. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Messages about the files and what else of the folder they import, each with its name; `options` besides. */
export function projectErrors(
  folder: string,
  files: readonly string[],
  options: ts.CompilerOptions = {},
): string[] {
  const program = ts.createProgram(
    files.map((name) => join(folder, name)),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
      ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
      ...{ noUnusedLocals: true, verbatimModuleSyntax: true, allowArbitraryExtensions: true },
      paths: {
        "tilewright/runtime": [here("runtime/index.ts")],
        // What a config imports, without the whole compiler.
        tilewright: [here("compiler/project/config.ts")],
        vitest: [here("node_modules/vitest/dist/index.d.ts")],
      },
      ...options,
    },
  );
  return ts.getPreEmitDiagnostics(program).flatMap(({ file, messageText }) => {
    const name = file === undefined ? "" : relative(folder, file.fileName);
    // What tilewright itself needs is no concern of theirs.
    if (name.startsWith("..")) return [];
    return [`${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`];
  });
}
