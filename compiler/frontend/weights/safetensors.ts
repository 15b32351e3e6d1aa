/** Reads .safetensors: an 8-byte header length, a JSON table of names, and raw little-endian values. */
import { z } from "zod";
import { fail } from "../../base/error.js";
import { elementCount, type Tensor } from "../../base/tensor.js";
import { floatsFromBytes, type FloatFormat } from "./floats.js";

/** The format's own limit on its header. */
const LARGEST_HEADER = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const FORMATS: ReadonlyMap<string, FloatFormat> = new Map([
  ["F64", "f64"],
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["I64", "i64"],
  ["I32", "i32"],
  ["U8", "u8"],
]);

/** Tensors by name, as f32. Throws CompileError `bad-file` on anything that is not the format. */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const bad = (message: string): never => fail("bad-file", `not a safetensors file: ${message}`);
  if (bytes.length < 8) bad(`${bytes.length} bytes are too few for its header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > bytes.length) {
    bad(`its header claims ${length} bytes of ${bytes.length}`);
  }
  const tensors = new Map<string, Tensor>();
  const body = bytes.subarray(8 + length);
  for (const [name, value] of Object.entries(readHeader(bytes.subarray(8, 8 + length), bad))) {
    if (name === "__metadata__") continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) return bad(`entry ${name} has no dtype, shape and data_offsets`);
    const {
      dtype,
      shape,
      data_offsets: [from, to],
    } = entry.data;
    const format = FORMATS.get(dtype);
    if (format === undefined)
      return bad(`${name} has dtype ${dtype}; F64, F32, F16, BF16, I64, I32 and U8 are read`);
    if (from > to || to > body.length)
      return bad(`${name} lies at ${from} to ${to} of ${body.length} bytes`);
    const data = floatsFromBytes(body.subarray(from, to), format);
    if (data === undefined || data.length !== elementCount(shape)) {
      return bad(`${name} has ${to - from} bytes, which is not ${shape.join("×")} of ${dtype}`);
    }
    tensors.set(name, { type: { dtype: "f32", dims: shape }, data });
  }
  return tensors;
}

function readHeader(bytes: Uint8Array, bad: (message: string) => never): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return bad("its header is not JSON");
  }
  return typeof header === "object" && header !== null ? header : bad("its header is not a table");
}
