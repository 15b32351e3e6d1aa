/** Imports files of code, models and configs, with the very `tilewright` that reads them, and notes what they import. */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CompileError, fail } from "../base/error.js";
import * as tilewright from "../index.js";
import type { Files } from "./files.js";

/**
 * What `look` makes of the default export of a file of TypeScript or JavaScript, evaluated afresh; each file of code that
 * is read for it is noted. To look at it may be to run its code, too. Throws CompileError `bad-file` with what its code
 * throws.
 */
export async function importDefault<T>(
  path: string,
  look: (exported: unknown) => T,
  files: Pick<Files, "note" | "open">,
): Promise<T> {
  const options = { virtualModules: { tilewright }, moduleCache: false, fsCache: false };
  const { createJiti } = await import("jiti");
  const { transform } = createJiti(import.meta.url, options);
  const sources = openSources(resolve(path), files);
  const jiti = createJiti(import.meta.url, {
    ...options,
    transform: (source) => {
      sources.look(source.source, source.filename);
      return { code: transform(source) };
    },
  });
  try {
    return look(await jiti.import(pathToFileURL(resolve(path)).href, { default: true }));
  } catch (error) {
    if (error instanceof CompileError) throw error;
    return fail("bad-file", `${path} cannot be imported: ${textOf(error)}`);
  } finally {
    sources.end();
  }
}

/** What decides a result beside the files that code imports: other packages, files, the net, the time, chance. */
const OUTSIDE =
  /\b(process|global|globalThis|fetch|Date|performance|require|crypto|__dirname|__filename|eval|Function)\b|\bimport\s*\.\s*meta\b/;
/** Of Math all but chance; what takes it apart may take that. */
const CHANCE = /\bMath\b(?!\s*\.\s*(?!random\b)\w)/;
const IMPORTED = /\b(?:from|import)\s*\(?\s*(?:"([^"]*)"|'([^']*)')/g;
const COMPUTED = /\bimport\s*\(\s*[^"'\s]/;

interface Sources {
  /** Before it is translated. */
  look(source: string, filename: string | undefined): void;
  end(): void;
}

/** Notes sources that are translated, and those that are only imported: an engine reads some JavaScript by itself. */
function openSources(entry: string, files: Pick<Files, "note" | "open">): Sources {
  const looked = new Set<string>();
  const imported = new Set([entry]);
  return {
    look(source, filename) {
      if (filename === undefined) return files.open();
      if ([OUTSIDE, CHANCE, COMPUTED].some((pattern) => pattern.test(source))) files.open();
      files.note(filename);
      looked.add(filename);
      for (const [, double, single] of source.matchAll(IMPORTED)) {
        const specifier = double ?? single ?? "";
        if (specifier === "tilewright") continue;
        if (/^\.\.?\//.test(specifier)) imported.add(resolve(dirname(filename), specifier));
        else files.open();
      }
    },
    end() {
      const bare = new Set([...looked].flatMap(namesOf));
      for (const path of imported) {
        if (bare.has(path.replace(ENDING, ""))) continue;
        files.note(path);
        if (!path.endsWith(".json")) files.open();
      }
    },
  };
}

const ENDING = /\.[cm]?[jt]sx?$/;

/** part.ts is what imports of `part.js` and of `part` find; part/index.ts what those of `part` do. */
function namesOf(path: string): readonly string[] {
  const name = path.replace(ENDING, "");
  return [name, name.replace(/[\\/]index$/, "")];
}

/** What code throws may be anything. */
function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "object" ? "it throws what is no error" : String(thrown);
}
