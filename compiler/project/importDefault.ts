/** Imports files of code, models and configs, with the very `tilewright` that reads them, and notes what they import. */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CompileError, fail } from "../base/error.js";
import * as tilewright from "../index.js";
import type { Files } from "./files.js";

export interface Imported {
  readonly exported: unknown;
  /** What `is` says of it: to look at it may be to run its code, too. */
  readonly is: boolean;
}

/**
 * The default export of a file of TypeScript or JavaScript, evaluated afresh; each file of code that is read for it is
 * noted. Throws CompileError `bad-file` with what its code throws.
 */
export async function importDefault(
  path: string,
  is: (exported: unknown) => boolean,
  files: Pick<Files, "note" | "open">,
): Promise<Imported> {
  const options = { virtualModules: { tilewright }, moduleCache: false, fsCache: false };
  const { createJiti } = await import("jiti");
  const { transform } = createJiti(import.meta.url, options);
  const jiti = createJiti(import.meta.url, {
    ...options,
    transform: (source) => {
      noteSource(source.source, source.filename, files);
      return { code: transform(source) };
    },
  });
  try {
    const exported = await jiti.import(pathToFileURL(resolve(path)).href, { default: true });
    return { exported, is: is(exported) };
  } catch (error) {
    if (error instanceof CompileError) throw error;
    return fail("bad-file", `${path} cannot be imported: ${textOf(error)}`);
  }
}

/** What decides a result beside the files that code imports: other packages, files, the net, the time, chance. */
const OUTSIDE =
  /\b(process|globalThis|fetch|Date|performance|require|crypto)\b|\bMath\s*\.\s*random\b/;
const IMPORTED = /\b(?:from|import)\s*\(?\s*(?:"([^"]*)"|'([^']*)')/g;
const COMPUTED = /\bimport\s*\(\s*[^"'\s]/;

function noteSource(
  source: string,
  filename: string | undefined,
  files: Pick<Files, "note" | "open">,
): void {
  if (filename === undefined || OUTSIDE.test(source) || COMPUTED.test(source)) files.open();
  if (filename === undefined) return;
  files.note(filename);
  for (const [, double, single] of source.matchAll(IMPORTED)) {
    const specifier = double ?? single ?? "";
    if (specifier === "tilewright") continue;
    if (!/^\.\.?\//.test(specifier)) files.open();
    // Read without being transformed.
    else if (specifier.endsWith(".json")) files.note(resolve(dirname(filename), specifier));
  }
}

/** What code throws may be anything. */
function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "object" ? "it throws what is no error" : String(thrown);
}
