/** Reads files that the command line or a model names, says so plainly where they cannot be read, and remembers them. */
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, normalize, resolve, sep } from "node:path";
import { fail } from "../base/error.js";
import { failOnFile } from "../base/fileError.js";
import { readParsed, readRegularFile, type ReadOptions } from "../base/readFile.js";

/** Files that one command reads. */
export interface Files {
  /** All that were read, or tried: nothing may be written over them. */
  readonly read: ReadonlySet<string>;
  /** Whether nothing else decides what comes of them: code may read what nobody sees. */
  readonly closed: boolean;
  /** Remembers a file that somebody else reads. */
  note(path: string): void;
  /** Says that they are not closed. */
  open(): void;
  /** The bytes of a file. Throws CompileError where it cannot be read. */
  bytes(path: string, options?: ReadOptions): Uint8Array;
  /** What a file holds; problems of its contents name it. Throws CompileError. */
  from<T>(path: string, read: (bytes: Uint8Array) => T, options?: ReadOptions): T;
}

export function openFiles(): Files {
  const read = new Set<string>();
  let closed = true;
  const bytes: Files["bytes"] = (path, options) => {
    read.add(path);
    return readRegularFile(path, options);
  };
  const from: Files["from"] = (path, parse, options) => {
    read.add(path);
    return readParsed(path, parse, options);
  };
  return {
    read,
    get closed() {
      return closed;
    },
    note: (path) => void read.add(path),
    open: () => void (closed = false),
    bytes,
    from,
  };
}

/**
 * Reads files that a model's text names, inside the folder of that text only: the text may come from
 * anywhere. Each file is read once.
 */
export function folderReader(folder: string, files: Files): (path: string) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const inside = normalize(path);
    if (
      isAbsolute(inside) ||
      inside === ".." ||
      inside.startsWith(`..${sep}`) ||
      path.includes("\0")
    ) {
      fail("bad-file", `${path} lies outside the folder of the model`);
    }
    const target = resolve(folder, inside);
    try {
      if (existsSync(target) && !isWithin(realpathSync(target), realpathSync(folder)))
        fail("bad-file", `${path} is a link to what lies outside the folder of the model`);
    } catch (error) {
      failOnFile(error, `cannot read ${path}`, "bad-file");
    }
    const bytes = files.bytes(target, { code: "bad-file" });
    known.set(path, bytes);
    return bytes;
  };
}

/** Whether a path lies in a folder; both without links. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
