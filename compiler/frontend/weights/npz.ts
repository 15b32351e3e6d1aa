/** Reads .npz archives, which are ZIP archives of .npy files, one array at a time. */
import { crc32, inflateRawSync } from "node:zlib";
import { startBudget, type Budget } from "../../base/budget.js";
import { CompileError } from "../../base/error.js";
import type { Tensor } from "../../base/tensor.js";
import { readNpy } from "./npy.js";
import { readZip, type ZipEntry } from "./zip.js";
import { badZip } from "./zipEnd.js";

/** Compression methods. */
const STORED = 0;
const DEFLATED = 8;

/** Bytes that are unpacked in one piece. */
const LARGEST_PIECE = 2 ** 30;

/**
 * Every array of an .npz archive by name, without the .npy ending; as f32, or each as `readArray` reads it.
 * Other entries are left alone. Throws CompileError `bad-file`, or `over-budget` where an array unpacks to too
 * many bytes beyond those of the archive.
 */
export function readNpz(
  bytes: Uint8Array,
  readArray: (content: Uint8Array) => Tensor = readNpy,
  budget: Budget = startBudget(),
): Map<string, Tensor> {
  budget.receive("the weights", bytes.length);
  const tensors = new Map<string, Tensor>();
  for (const entry of readZip(bytes)) {
    const { name } = entry;
    if (!name.endsWith(".npy")) continue;
    budget.checkTime({ node: name });
    budget.spend("bytes", Math.max(0, entry.size - entry.packed.length), { node: name });
    const content = unpack(entry);
    tensors.set(
      name.slice(0, -".npy".length),
      placed(name, () => readArray(content)),
    );
  }
  return tensors;
}

/** Never more bytes than the directory says, whatever is packed. */
function unpack(entry: ZipEntry): Uint8Array {
  const { name, method, size, crc, packed } = entry;
  if (method !== STORED && method !== DEFLATED)
    return badZip(`it is packed by method ${method}: expected 0 (stored) or 8 (deflate)`, name);
  const content = method === STORED ? packed : inflate(entry);
  if (content.length !== size)
    return badZip(`it unpacks to ${content.length} bytes, the directory says ${size}`, name);
  const found = crc32(content);
  if (found !== crc)
    return badZip(`its CRC-32 is ${hex(found)}, the directory says ${hex(crc)}`, name);
  return content;
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");

function inflate({ name, size, packed }: ZipEntry): Uint8Array {
  try {
    const { buffer, engine } = inflateRawSync(packed, {
      maxOutputLength: Math.max(size, 1),
      // In one piece, memory is taken once; a byte more is where the end is noticed.
      chunkSize: Math.min(Math.max(size + 1, 64), LARGEST_PIECE),
      info: true,
    }) as unknown as { readonly buffer: Uint8Array; readonly engine: { bytesWritten: number } };
    if (engine.bytesWritten !== packed.length) {
      const rest = packed.length - engine.bytesWritten;
      return badZip(`${rest} bytes behind its packed data are nobody's`, name);
    }
    return buffer;
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE")
      return badZip(`it unpacks to more than the ${size} bytes that the directory says`, name);
    return badZip(`its packed data is damaged (${code ?? "no code"})`, name);
  }
}

/** Problems of an array name its entry. */
function placed(name: string, read: () => Tensor): Tensor {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.problems.map((problem) => ({ node: name, ...problem })));
  }
}
