/** Reads files that the command line or a model names, and says so plainly where they cannot be read. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, normalize, resolve, sep } from "node:path";
import { CompileError, fail, type ProblemCode } from "../base/error.js";

/** The bytes of a file; throws CompileError with the code where it cannot be read. */
export function readBytes(path: string, code: ProblemCode = "usage"): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    return fail(code, `cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** What a file holds; problems of its contents name it. Throws CompileError. */
export function readFrom<T>(path: string, read: (bytes: Uint8Array) => T): T {
  const bytes = readBytes(path);
  try {
    return read(bytes);
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

/**
 * Reads files that a model's text names, inside the folder of that text only: the text may come from
 * anywhere. Each file is read once.
 */
export function folderReader(folder: string): (path: string) => Uint8Array {
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
    if (existsSync(target)) {
      if (!isWithin(realpathSync(target), realpathSync(folder)))
        fail("bad-file", `${path} is a link to what lies outside the folder of the model`);
      // Whoever reads a pipe waits for a writer.
      if (!statSync(target).isFile()) fail("bad-file", `${path} is not a file`);
    }
    const bytes = readBytes(target, "bad-file");
    known.set(path, bytes);
    return bytes;
  };
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code ?? String(error);
}
