/** Reads NumPy's .npy, and .npz archives of them. */
import { unzipSync } from "fflate";
import { fail } from "../error.js";
import { elementCount, type Tensor } from "../tensor.js";
import { floatsFromBytes, type FloatFormat } from "./floats.js";

const FORMATS: ReadonlyMap<string, FloatFormat> = new Map([
  ["<f8", "f64"],
  ["<f4", "f32"],
  ["<f2", "f16"],
  ["<i8", "i64"],
  ["<i4", "i32"],
  ["|u1", "u8"],
]);

/**
 * One array as f32, in C order (format version 1 to 3: magic, version, header length, a Python dict
 * literal, values). Throws CompileError `bad-file` on anything else.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const bad = (message: string): never =>
    fail("bad-file", `not an .npy file that can be read: ${message}`);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte))
    return bad("the magic bytes are missing");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const long = bytes[6]! >= 2;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + length;
  if (start > bytes.length) return bad(`its header claims ${length} bytes of ${bytes.length}`);
  const header = new TextDecoder("latin1").decode(bytes.subarray(long ? 12 : 10, start));
  const descr = /'descr':\s*'([^']{2,4})'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || shape === undefined) return bad("its header names no dtype and shape");
  if (!/'fortran_order':\s*False/.test(header))
    return bad("it is in Fortran order; save it with order C");
  const format = FORMATS.get(descr);
  if (format === undefined) return bad(`dtype ${descr}; f2, f4, f8, i4, i8 and u1 are read`);
  const dims = shape
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  const data = floatsFromBytes(bytes.subarray(start), format);
  if (data === undefined || data.length !== elementCount(dims)) {
    return bad(`${bytes.length - start} bytes of values are not ${dims.join("×")} of ${descr}`);
  }
  return { type: { dtype: "f32", dims }, data };
}

/** The most bytes an archive may unpack to. */
const LARGEST_ARCHIVE = 2 ** 31;

/** Every array of an .npz archive by name, without the .npy ending. */
export function readNpz(bytes: Uint8Array): Map<string, Tensor> {
  let total = 0;
  const tensors = new Map<string, Tensor>();
  for (const [name, content] of Object.entries(unzip(bytes)))
    tensors.set(name.replace(/\.npy$/, ""), readNpy(content));
  return tensors;

  function unzip(archive: Uint8Array): Record<string, Uint8Array> {
    try {
      return unzipSync(archive, {
        filter: ({ name, originalSize }) => {
          total += originalSize;
          if (total > LARGEST_ARCHIVE)
            throw new Error(`it unpacks to more than ${LARGEST_ARCHIVE} bytes`);
          return name.endsWith(".npy");
        },
      });
    } catch (error) {
      return fail(
        "bad-file",
        `not an .npz archive: ${error instanceof Error ? error.message : "unreadable"}`,
      );
    }
  }
}
