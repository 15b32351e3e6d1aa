/** A folder of its own for every test, which is gone behind it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

export interface TestFolder {
  /** The path of what is called so in it. */
  at(...names: readonly string[]): string;
  /** Writes files by their names, with the folders that they lie in. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
}

/** Without links, as paths of a process's current folder are. */
export function emptyFolder(): TestFolder {
  let folder = "";
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "folder-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (...names: readonly string[]): string => join(folder, ...names);
  return {
    at,
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(at(name)), { recursive: true });
        writeFileSync(at(name), content);
      }
    },
  };
}
