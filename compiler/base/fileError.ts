/** Says in words what a file system refused, so that nobody has to look up ENOSPC. */
import { CompileError, fail, type ProblemCode } from "./error.js";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no right to",
  EBUSY: "somebody else is using it",
  EDQUOT: "no space left in the quota",
  EEXIST: "something else of this name is there",
  EINVAL: "the file system does not take this",
  EFBIG: "the file system takes no file this large",
  EIO: "the device reports an error",
  EISDIR: "it is a folder",
  ELOOP: "links that lead in a circle",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long for the file system",
  ENFILE: "too many open files",
  ENOENT: "there is no such file",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of its path is a file, not a folder",
  ENOTEMPTY: "it is a folder that is not empty",
  ENOTSUP: "the file system cannot do this",
  ENXIO: "it is a socket or a device",
  EPERM: "no right to",
  EPIPE: "nobody reads it any more",
  EROFS: "the file system is read-only",
  ETXTBSY: "it is being run",
};

/** Whether an error comes from the file system. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** `no space left on the device` for ENOSPC; its code where there are no words for it here. */
export function reasonOf(error: unknown): string {
  if (!isFileError(error)) return error instanceof Error ? error.message : String(error);
  return REASONS[error.code!] ?? `the file system says ${error.code!}`;
}

/** Throws CompileError with the code: `cannot write x.ts: no space left on the device`. Others' errors pass. */
export function failOnFile(error: unknown, what: string, code: ProblemCode = "usage"): never {
  if (error instanceof CompileError || !isFileError(error)) throw error;
  return fail(code, `${what}: ${reasonOf(error)}`);
}
