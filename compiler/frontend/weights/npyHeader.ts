/** Reads the header of an .npy file, which is a Python literal: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
import { fail, type Problem } from "../../base/error.js";
import { elementCount, MAX_ELEMENTS } from "../../base/tensor.js";

export interface NpyHeader {
  /** `<f4` */
  readonly descr: string;
  readonly dims: readonly number[];
  readonly values: Uint8Array;
}

/** Bytes of a header, as NumPy itself reads at most. */
const LONGEST_HEADER = 10_000;
/** The most dims that an array of NumPy has. */
const MOST_DIMS = 64;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Throws CompileError `bad-file`. */
export function badNpy(message: string, rest: Pick<Problem, "hint"> = {}): never {
  return fail("bad-file", `not an .npy file that can be read: ${message}`, rest);
}

/** What a file of format version 1 to 3 says of its values, and the bytes behind its header. Throws CompileError. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return badNpy("the magic bytes are missing");
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (bytes.length < 12) return badNpy(`it ends within its header, after ${bytes.length} bytes`);
  if (major < 1 || major > 3 || minor !== 0)
    return badNpy(`its format has version ${major}.${minor}: expected 1.0, 2.0 or 3.0`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER || start + length > bytes.length) {
    return badNpy(
      `its header claims ${length} bytes of ${bytes.length}: the most is ${LONGEST_HEADER}`,
    );
  }
  const end = start + length;
  const fields = readTable(new TextDecoder("latin1").decode(bytes.subarray(start, end)));
  const dims = dimsOf(fields.get("shape")!);
  if (fields.get("fortran_order") === "True") {
    return badNpy("its values are in Fortran order", {
      hint: "save it with numpy.ascontiguousarray(array)",
    });
  }
  return { descr: fields.get("descr")!, dims, values: bytes.subarray(end) };
}

/** How each value may be written; the group is what is read of it. */
const FIELDS: Readonly<Record<string, RegExp>> = {
  descr: /(?:'([^'"\\\n]{1,16})'|"([^'"\\\n]{1,16})")/y,
  fortran_order: /(True|False)/y,
  shape: /\(((?:\s*(?:0|[1-9][0-9]{0,19})L?\s*,)*(?:\s*(?:0|[1-9][0-9]{0,19})L?)?\s*)\)/y,
};

/** Each of the three keys once, and blanks behind. */
function readTable(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text) ?? undefined;
    if (match !== undefined) at = pattern.lastIndex;
    return match;
  };
  const expected = (what: string): never =>
    badNpy(`expected ${what} at character ${at} of its header`);
  if (take(/\s*\{\s*/y) === undefined) expected("'{'");
  while (take(/\}\s*$/y) === undefined) {
    const key = take(/'(\w+)'\s*:\s*|"(\w+)"\s*:\s*/y);
    const name = key?.[1] ?? key?.[2] ?? expected("a key, or '}' and the end");
    const pattern = Object.hasOwn(FIELDS, name) ? FIELDS[name]! : expected(KEYS);
    if (fields.has(name)) expected(`each key once, '${name}' is there twice,`);
    const value = take(pattern) ?? expected(`the value of ${name}, ${WORDS[name]!},`);
    fields.set(name, value[1] ?? value[2]!);
    if (take(/\s*,\s*/y) === undefined && take(/\s*(?=\}\s*$)/y) === undefined)
      expected("',', or '}' and the end");
  }
  for (const name of Object.keys(FIELDS))
    if (!fields.has(name)) badNpy(`its header has no ${name}`);
  return fields;
}

const KEYS = "descr, fortran_order or shape";
const WORDS: Readonly<Record<string, string>> = {
  descr: "the name of one element type",
  fortran_order: "True or False",
  shape: "a tuple of dims that are not negative",
};

/** `3, 4` of `(3, 4)`; `3,` of `(3,)`. A 3 alone in brackets is no tuple. */
function dimsOf(shape: string): number[] {
  const parts = shape.split(",").map((part) => part.trim().replace("L", ""));
  if (parts.length === 1 && parts[0] !== "") badNpy(`its shape (${shape}) is a number, no tuple`);
  const dims = parts.filter((part) => part !== "").map(Number);
  if (dims.length > MOST_DIMS) badNpy(`it has ${dims.length} dims: the most is ${MOST_DIMS}`);
  if (!(elementCount(dims) <= MAX_ELEMENTS))
    badNpy(`${dims.join("×")} are more values than ${MAX_ELEMENTS}, the most`);
  return dims;
}
