/** Reads .safetensors: an 8-byte header length, a JSON table of names, and raw little-endian values without holes. */
import { z } from "zod";
import { startBudget, type Budget } from "../../base/budget.js";
import { fail } from "../../base/error.js";
import { parseJson } from "../../base/json.js";
import { LONGEST_NAME } from "../../base/quote.js";
import { elementCount, type Tensor } from "../../base/tensor.js";
import { floatsFromBytes, type FloatFormat } from "./floats.js";

/** The format's own limit on its header. */
const LARGEST_HEADER = 100_000_000;

/** The most dims that an array of NumPy has. */
const MOST_DIMS = 64;

const entrySchema = z.object({
  dtype: z.string().max(16),
  shape: z.array(z.int().nonnegative()).max(MOST_DIMS),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

interface Entry extends Readonly<z.infer<typeof entrySchema>> {
  readonly name: string;
}

const FORMATS: ReadonlyMap<string, FloatFormat> = new Map([
  ["F64", "f64"],
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["I64", "i64"],
  ["I32", "i32"],
  ["U8", "u8"],
]);

/** The one name in the header that is no tensor's. */
const METADATA = "__metadata__";

/** How many entries are read between two looks at the time. */
const ENTRIES_BETWEEN_LOOKS = 256;

/**
 * Tensors by name, as f32, in the order of the header. Values lie one after the other, in any order, and make
 * up the whole rest of the file, as the format wants it: no byte is read twice, none is left over. Throws
 * CompileError `bad-file` on anything that is not the format.
 */
export function readSafetensors(
  bytes: Uint8Array,
  budget: Budget = startBudget(),
): Map<string, Tensor> {
  budget.receive("the weights", bytes.length);
  if (bytes.length < 8) bad(`${bytes.length} bytes are too few for its header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > bytes.length) {
    bad(`its header claims ${length} bytes of ${bytes.length}, the most is ${LARGEST_HEADER}`);
  }
  const entries = readEntries(bytes.subarray(8, 8 + length));
  const body = bytes.subarray(8 + length);
  checkPlaces(entries, body.length);
  const tensors = new Map<string, Tensor>();
  for (const [i, entry] of entries.entries()) {
    if (i % ENTRIES_BETWEEN_LOOKS === 0) budget.checkTime({ node: entry.name });
    tensors.set(entry.name, readTensor(entry, body));
  }
  return tensors;
}

function bad(message: string, node?: string): never {
  const place = node === undefined ? {} : { node };
  return fail("bad-file", `not a safetensors file: ${message}`, place);
}

function readEntries(header: Uint8Array): readonly Entry[] {
  if (header[0] !== "{".charCodeAt(0)) bad("its header does not begin with '{'");
  const table = readTable(header);
  if (METADATA in table && !isTableOfTexts(table[METADATA]))
    bad(`its ${METADATA} is not a table of texts`);
  // No copy without the metadata, and no pairs: of a million names, each of them takes a second.
  const names = Object.keys(table).filter((name) => name !== METADATA);
  return names.map((name) => {
    if (name.length > LONGEST_NAME) bad(`a name has more than ${LONGEST_NAME} characters`);
    const entry = entrySchema.safeParse(table[name]);
    if (!entry.success) return bad("the entry has no dtype, shape and data_offsets", name);
    return { name, ...entry.data };
  });
}

function isTableOfTexts(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

/** What begins as a table, and is JSON, is one. */
function readTable(header: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return parseJson(header) as Readonly<Record<string, unknown>>;
  } catch (error) {
    return bad(`in its header, ${error instanceof Error ? error.message : "there is no JSON"}`);
  }
}

/** Each entry begins where the one before it ends, the first at 0, and the last ends with the file. */
function checkPlaces(entries: readonly Entry[], size: number): void {
  const inOrder = entries.toSorted(
    ({ data_offsets: [a, aEnd] }, { data_offsets: [b, bEnd] }) => a - b || aEnd - bEnd,
  );
  let end = 0;
  for (const { name, data_offsets: offsets } of inOrder) {
    const [from, to] = offsets;
    if (from > to || to > size) bad(`its values lie at ${from} to ${to} of ${size} bytes`, name);
    if (from < end) bad(`its values begin at ${from}, within others that end at ${end}`, name);
    if (from > end) bad(`its values begin at ${from}: bytes ${end} to ${from} are nobody's`, name);
    end = to;
  }
  if (end < size) bad(`bytes ${end} to ${size} behind its values are nobody's`);
}

function readTensor({ name, dtype, shape, data_offsets: [from, to] }: Entry, body: Uint8Array) {
  const format = FORMATS.get(dtype);
  if (format === undefined)
    return bad(`dtype ${dtype}; F64, F32, F16, BF16, I64, I32 and U8 are read`, name);
  const data = floatsFromBytes(body.subarray(from, to), format);
  if (data?.length !== elementCount(shape))
    return bad(`${to - from} bytes are not ${shape.join("×")} of ${dtype}`, name);
  return { type: { dtype: "f32", dims: shape }, data } as const;
}
