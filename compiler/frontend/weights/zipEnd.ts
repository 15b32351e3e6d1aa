/** Reads the end of a ZIP archive, which says where its directory lies. */
import { fail } from "../../base/error.js";

/** See PKWARE's APPNOTE, sections 4.3.14 to 4.3.16. */
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;

const END_BYTES = 22;
const END_64_BYTES = 56;
const LOCATOR_64_BYTES = 20;

/** What stands for a number that is written elsewhere, with 64 bits. */
export const IN_EXTRA = 0xffffffff;

/** Throws CompileError `bad-file`. */
export function badZip(message: string, name?: string): never {
  return fail(
    "bad-file",
    `not an .npz archive: ${message}`,
    name === undefined ? {} : { node: name },
  );
}

export interface End {
  readonly count: number;
  readonly size: number;
  readonly start: number;
  /** Where the directory must end. */
  readonly directoryEnd: number;
}

/**
 * What the end of an archive says of its directory: the last 22 bytes, because an archive of arrays has no comment, and
 * before them those of ZIP64 if there are any. Throws CompileError `bad-file`.
 */
export function readEnd(view: DataView): End {
  const at = view.byteLength - END_BYTES;
  if (at < 0 || view.getUint32(at, true) !== END)
    return badZip(`no end of a directory is in the last ${END_BYTES} of ${view.byteLength} bytes`);
  const short = (i: number): number => view.getUint16(at + i, true);
  const [count, size, start] = [
    short(10),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  if (short(4) !== 0 || short(6) !== 0 || short(8) !== count || short(20) !== 0)
    return badZip("it is in several parts, or has a comment");
  const plain: End = { count, size, start, directoryEnd: at };
  const end = readEnd64(view, at - LOCATOR_64_BYTES) ?? plain;
  const agree =
    (count === end.count || count === 0xffff) &&
    (size === end.size || size === IN_EXTRA) &&
    (start === end.start || start === IN_EXTRA);
  if (!agree) return badZip("its two ends disagree");
  if (end.start + end.size === end.directoryEnd) return end;
  return badZip(
    `its directory is said to lie at ${end.start} to ${end.start + end.size}, and ends at ${end.directoryEnd}`,
  );
}

/** The end record of ZIP64, if its locator is right before the other one. */
function readEnd64(view: DataView, locator: number): End | undefined {
  const at = locator - END_64_BYTES;
  if (at < 0 || view.getUint32(locator, true) !== LOCATOR_64) return undefined;
  const [count, size, start] = [32, 40, 48].map((i) => longAt(view, at + i));
  const whole =
    view.getUint32(at, true) === END_64 &&
    longAt(view, locator + 8) === at &&
    longAt(view, at + 4) === END_64_BYTES - 12 &&
    longAt(view, at + 24) === count &&
    [at + 16, at + 20, locator + 4].every((i) => view.getUint32(i, true) === 0);
  if (!whole) return badZip(`its end of ZIP64 is not at byte ${at}, or it is in several parts`);
  return { count: count!, size: size!, start: start!, directoryEnd: at };
}

/** No file is so large that its size is not a whole number here. */
export function longAt(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  return Number.isSafeInteger(value) ? value : badZip(`a size of ${value} bytes is at byte ${at}`);
}
