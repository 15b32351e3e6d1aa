/** The one way in which files that somebody names are read: regular ones only, whole, up to a size, never for ever. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { CompileError, fail, type ProblemCode } from "./error.js";
import { failOnFile } from "./fileError.js";

/** The most bytes of a file by default: what one read of Node takes. */
const MOST_BYTES = 2 ** 31 - 1;

/** Whoever opens a pipe waits for a writer, unless asked not to; Windows has neither. */
const FLAGS = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

export interface ReadOptions {
  /** Of the problem where it cannot be read; `usage` by default. */
  readonly code?: ProblemCode;
  readonly mostBytes?: number;
  /** Reads only so many bytes from the start, however large the file is. */
  readonly first?: number;
}

/**
 * The bytes of a file. Throws CompileError where there is none, it may not be read, it is larger, or it is no
 * regular file: a folder, a pipe, a socket or a device.
 */
export function readRegularFile(
  path: string,
  { code = "usage", mostBytes = MOST_BYTES, first }: ReadOptions = {},
): Uint8Array {
  if (path === "" || path.includes("\0")) return fail(code, `'${path}' is no path of a file`);
  try {
    const file = openSync(path, FLAGS);
    try {
      const stats = fstatSync(file);
      const kind = kindOf(stats);
      if (kind !== undefined) fail(code, `cannot read ${path}: it is ${kind}, not a file`);
      if (first === undefined && stats.size > mostBytes)
        fail(code, `cannot read ${path}: ${stats.size} bytes, the most is ${mostBytes}`);
      return readAll(file, Math.min(stats.size, first ?? stats.size));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return failOnFile(error, `cannot read ${path}`, code);
  }
}

/** What a file holds; problems of its contents name it. Throws CompileError. */
export function readParsed<T>(
  path: string,
  parse: (bytes: Uint8Array) => T,
  options?: ReadOptions,
): T {
  const bytes = readRegularFile(path, options);
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(
      error.problems.map((problem) =>
        problem.message.includes(path)
          ? problem
          : { ...problem, message: `${path}: ${problem.message}` },
      ),
    );
  }
}

/** What is no regular file, in words. */
export function kindOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isSymbolicLink() ? "a link" : "a device";
}

/** As much as the file had when it was opened: what grows meanwhile is read no further. */
function readAll(file: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const count = readSync(file, bytes, at, size - at, null);
    if (count === 0) return bytes.subarray(0, at);
    at += count;
  }
  return bytes;
}
