/** Reads the directory of a ZIP archive: where each entry lies, if entries and directory are all there is, each once. */
import { LONGEST_NAME, quoteString } from "../../base/quote.js";
import { badZip, IN_EXTRA, longAt, readEnd } from "./zipEnd.js";

/** See PKWARE's APPNOTE, sections 4.3 and 4.4. */
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;

const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;

/** Of a header's flags: sizes and CRC follow the data. */
const STREAMED = 1 << 3;
/** Encrypted, patched, strongly encrypted, with masked headers. */
const UNREADABLE = 1 | (1 << 5) | (1 << 6) | (1 << 13);

/** The extra field that ZIP64 has. */
const EXTRA_64 = 1;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Bytes once unpacked, as the directory says. */
  readonly size: number;
  readonly packed: Uint8Array;
}

interface Listed extends Omit<ZipEntry, "packed"> {
  readonly flags: number;
  readonly packedSize: number;
  /** Of its local header. */
  readonly offset: number;
}

/**
 * The entries in the order of the directory, still packed. They and the directory make up the whole file, so
 * that no two share bytes: what an archive unpacks to is in proportion to its own size. Throws CompileError
 * `bad-file` on names that are there twice, encryption, and headers that disagree with the directory.
 */
export function readZip(archive: Uint8Array): readonly ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  const { start, listed } = readDirectory(view);
  const packed = new Map<Listed, Uint8Array>();
  let end = 0;
  for (const entry of listed.toSorted((a, b) => a.offset - b.offset)) {
    const { offset, name } = entry;
    if (offset < end) badZip(`it begins at ${offset}, within others that end at ${end}`, name);
    if (offset > end)
      badZip(`it begins at ${offset}: bytes ${end} to ${offset} are nobody's`, name);
    const from = dataStart(view, entry, start);
    const to = from + entry.packedSize;
    if (to > start)
      badZip(`its data ends at ${to}, behind the directory's begin at ${start}`, name);
    packed.set(entry, archive.subarray(from, to));
    end = to + descriptorBytes(view, entry, to, start);
  }
  if (end !== start) badZip(`bytes ${end} to ${start} before the directory are nobody's`);
  return listed.map((entry) => ({ ...entry, packed: packed.get(entry)! }));
}

/** Where the directory begins, and what it lists. */
function readDirectory(view: DataView): { readonly start: number; readonly listed: Listed[] } {
  const end = readEnd(view);
  const names = new Set<string>();
  const listed: Listed[] = [];
  let at = end.start;
  while (at < end.directoryEnd) {
    const { entry, next } = readCentral(view, at, end.directoryEnd);
    if (names.has(entry.name)) badZip("the name is there twice", entry.name);
    names.add(entry.name);
    listed.push(entry);
    at = next;
  }
  if (listed.length !== end.count)
    badZip(`its directory has ${listed.length} entries, its end says ${end.count}`);
  return { start: end.start, listed };
}

function readCentral(
  view: DataView,
  at: number,
  end: number,
): { readonly entry: Listed; readonly next: number } {
  if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL)
    return badZip(`no entry of the directory is at byte ${at}`);
  const short = (i: number): number => view.getUint16(at + i, true);
  const long = (i: number): number => view.getUint32(at + i, true);
  const nameEnd = at + CENTRAL_BYTES + short(28);
  const next = nameEnd + short(30) + short(32);
  if (next > end) return badZip(`the entry at byte ${at} goes on behind the directory`);
  const name = nameAt(view, at + CENTRAL_BYTES, nameEnd);
  const extra = readExtra(view, nameEnd, nameEnd + short(30), name);
  if (short(34) !== 0) return badZip("it begins in another part of the archive", name);
  const [size, packedSize, offset] = [long(24), long(20), long(42)].map((value) =>
    value === IN_EXTRA ? extra() : value,
  );
  const entry = {
    name,
    flags: short(8),
    method: short(10),
    crc: long(16),
    size: size!,
    packedSize: packedSize!,
    offset: offset!,
  };
  if ((entry.flags & UNREADABLE) !== 0) return badZip("it is encrypted or patched", name);
  return { entry, next };
}

/** Where the data begins, behind a local header that says what the directory says. */
function dataStart(view: DataView, entry: Listed, end: number): number {
  const { name, offset: at } = entry;
  if (at + LOCAL_BYTES > end || view.getUint32(at, true) !== LOCAL)
    return badZip(`its header is not at byte ${at}`, name);
  const short = (i: number): number => view.getUint16(at + i, true);
  const long = (i: number): number => view.getUint32(at + i, true);
  const nameEnd = at + LOCAL_BYTES + short(26);
  const start = nameEnd + short(28);
  if (start > end) return badZip("its header goes on behind the directory's begin", name);
  const extra = readExtra(view, nameEnd, start, name);
  const [size, packedSize] = [long(22), long(18)].map((value) =>
    value === IN_EXTRA ? extra() : value,
  );
  // Who writes without looking back leaves them open.
  const open = (entry.flags & STREAMED) !== 0 && long(14) === 0 && size === 0 && packedSize === 0;
  const same =
    nameAt(view, at + LOCAL_BYTES, nameEnd) === name &&
    short(6) === entry.flags &&
    short(8) === entry.method &&
    (open || (long(14) === entry.crc && size === entry.size && packedSize === entry.packedSize));
  if (!same) return badZip(`its header at byte ${at} disagrees with the directory`, name);
  return start;
}

/** Bytes behind the data of an entry that was written without looking back: CRC and sizes once more. */
function descriptorBytes(view: DataView, entry: Listed, at: number, end: number): number {
  if ((entry.flags & STREAMED) === 0) return 0;
  const { crc, size, packedSize, name } = entry;
  const signed = at + 4 <= end && view.getUint32(at, true) === DESCRIPTOR ? 4 : 0;
  const from = at + signed;
  const matches = (bytes: number, read: (i: number) => number): boolean =>
    from + 4 + 2 * bytes <= end &&
    view.getUint32(from, true) === crc &&
    read(from + 4) === packedSize &&
    read(from + 4 + bytes) === size;
  if (matches(4, (i) => view.getUint32(i, true))) return signed + 12;
  if (matches(8, (i) => longAt(view, i))) return signed + 20;
  return badZip(`what follows its data at byte ${at} disagrees with the directory`, name);
}

/** Reads one number after the other from the extra field of ZIP64 that an entry has. */
function readExtra(view: DataView, from: number, to: number, name: string): () => number {
  let [at, end] = [to, to];
  for (let next = from; next + 4 <= to;) {
    const size = view.getUint16(next + 2, true);
    if (view.getUint16(next, true) === EXTRA_64) [at, end] = [next + 4, next + 4 + size];
    next += 4 + size;
  }
  return () => {
    if (at + 8 > end || end > to) return badZip("its sizes of ZIP64 are missing", name);
    at += 8;
    return longAt(view, at - 8);
  };
}

function nameAt(view: DataView, from: number, to: number): string {
  if (to - from > LONGEST_NAME) return badZip(`the name at byte ${from} has ${to - from} bytes`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + from, to - from);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return badZip(
      `the name at byte ${from} is not UTF-8: ${quoteString(new TextDecoder().decode(bytes))}`,
    );
  }
}
