/** A folder that mutants are written to one after the other, and what they may not leave in it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Mutant } from "./family.js";

export interface Workplace {
  /** Of files, and of what builds write. */
  readonly folder: string;
  readonly out: string;
  /** For temporary files of what is looked at. */
  readonly temporary: string;
  /** Writes a mutant's files in place of the ones before. */
  lay(mutant: Mutant): void;
  /** Paths that are there and should not be, and now no longer are. */
  leftovers(): readonly string[];
  remove(): void;
}

export function openWorkplace(): Workplace {
  const root = mkdtempSync(join(tmpdir(), "mutants-"));
  const [folder, out, temporary] = ["files", "out", "tmp"].map((name) => join(root, name));
  mkdirSync(folder!);
  mkdirSync(temporary!);
  let laid: Mutant["files"] = {};
  return {
    folder: folder!,
    out: out!,
    temporary: temporary!,
    lay({ files }) {
      const tops = new Set(Object.keys(files).map(topOf));
      for (const [path, content] of Object.entries(laid)) {
        const gone = !tops.has(topOf(path));
        if (gone || content === undefined || files[path] === undefined)
          rmSync(join(folder!, gone ? topOf(path) : path), { recursive: true, force: true });
      }
      for (const [path, content] of Object.entries(files)) {
        const target = join(folder!, path);
        if (path in laid && laid[path] === content && content !== undefined) continue;
        mkdirSync(content === undefined ? target : dirname(target), { recursive: true });
        if (content !== undefined) writeFileSync(target, content);
      }
      laid = files;
    },
    leftovers() {
      const found = [
        ...pathsIn(folder!)
          .filter((path) => !(path in laid))
          .map((path) => join(folder!, path)),
        ...pathsIn(temporary!).map((path) => join(temporary!, path)),
      ];
      for (const path of found) rmSync(path, { recursive: true, force: true });
      return found;
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const topOf = (path: string): string => path.split("/")[0]!;

/** Files, and folders that hold none. */
function pathsIn(folder: string, prefix = ""): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const inside = pathsIn(folder, path);
    return inside.length === 0 ? [path] : inside;
  });
}
