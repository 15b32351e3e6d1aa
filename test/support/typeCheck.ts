/** Type-checks texts that lie on no disk, with the declarations that TypeScript brings. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** Where TypeScript's own declarations are. */
const LIBRARY = dirname(fileURLToPath(import.meta.resolve("typescript")));

/** Declarations that were parsed before, which is most of the time that checking takes. */
const parsed = new Map<string, ts.SourceFile>();

/**
 * Messages about files by their names, which begin with a slash; they see one another and nothing else on any disk.
 */
export function typeErrorsOf(
  files: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): string[] {
  const target = ts.ScriptTarget.ES2022;
  const all: ts.CompilerOptions = { target, types: [], noEmit: true, ...options };
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost(all),
    fileExists: (name) => files.has(name) || name.startsWith(LIBRARY),
    directoryExists: (name) => name === "/" || LIBRARY.startsWith(name),
    readFile: (name) => files.get(name),
    getCurrentDirectory: () => "/",
    getSourceFile(name) {
      const text = files.get(name);
      if (text !== undefined) return ts.createSourceFile(name, text, target);
      const before = parsed.get(name);
      if (before !== undefined) return before;
      const library = ts.sys.readFile(name);
      if (library === undefined) return undefined;
      const file = ts.createSourceFile(name, library, target);
      parsed.set(name, file);
      return file;
    },
    getDefaultLibLocation: () => LIBRARY,
    getDefaultLibFileName: (given) => join(LIBRARY, ts.getDefaultLibFileName(given)),
  };
  const program = ts.createProgram([...files.keys()], all, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
