/** Tells TypeScript what imports of models are: exact names, lengths and shapes, in files beside the models. */
import { readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fail } from "../base/error.js";
import { replaceFile } from "../base/replaceFile.js";
import { quoteString } from "../base/quote.js";

const FIRST_LINE = "// Written by Tilewright for TypeScript; changes are lost.\n";

/** A file of declarations. */
export interface DeclarationFile {
  readonly path: string;
  readonly text: string;
}

/**
 * What `import … from "./net.onnx"` gives is declared in `net.d.onnx.ts`, which TypeScript reads with
 * `allowArbitraryExtensions`; what an import with a query gives, in a module of that name:
 *
 *   ./net.onnx?target=wasm => net.onnx.target-wasm.d.ts: declare module "*\/net.onnx?target=wasm" { … }
 *
 * undefined for a definition without a query: TypeScript knows what that file exports itself.
 */
export function declarationFile(
  model: string,
  query: string,
  declarations: string,
): DeclarationFile | undefined {
  const [folder, name, ending] = [dirname(model), basename(model), extname(model)];
  if (query === "") {
    if (!/^\.(onnx|tw)$/.test(ending)) return undefined;
    const path = join(folder, `${basename(model, ending)}.d${ending}.ts`);
    return { path, text: `${FIRST_LINE}${declarations}` };
  }
  const words = query.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const body = declarations.replace(/^export declare /gm, "export ").replace(/^declare /gm, "");
  return {
    path: join(folder, `${name}.${words}.d.ts`),
    text: `${FIRST_LINE}declare module ${quoteString(`*/${name}?${query}`)} {\n${body}}\n`,
  };
}

/** Whether the file holds another text, or is not there. */
export function isStale({ path, text }: DeclarationFile): boolean {
  return textOf(path) !== text;
}

/** Replaces a file that was written so before. Throws CompileError `usage` where another one is in its place. */
export function writeDeclarationFile(file: DeclarationFile): void {
  const { path, text } = file;
  const before = textOf(path);
  if (before === text) return;
  if (before !== undefined && !before.startsWith(FIRST_LINE))
    fail("usage", `${path} was not written by Tilewright`, { hint: "move it away" });
  replaceFile(path, text);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
