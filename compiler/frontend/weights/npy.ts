/** Reads NumPy's .npy, and .npz archives of them. */
import { unzipSync } from "fflate";
import { fail } from "../../base/error.js";
import { elementCount, newData, type DType, type Tensor } from "../../base/tensor.js";
import { floatsFromBytes, type FloatFormat } from "./floats.js";

const FORMATS: ReadonlyMap<string, FloatFormat> = new Map([
  ["<f8", "f64"],
  ["<f4", "f32"],
  ["<f2", "f16"],
  ["<i8", "i64"],
  ["<i4", "i32"],
  ["|u1", "u8"],
]);

/** What the values of a dtype are where they keep their type. */
const DTYPES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["<f4", "f32"],
  ["<i8", "i64"],
  ["<i4", "i32"],
  ["|u1", "u8"],
  ["|i1", "i8"],
  ["|b1", "bool"],
]);

/**
 * One array as f32, in C order (format version 1 to 3: magic, version, header length, a Python dict
 * literal, values). Throws CompileError `bad-file` on anything else.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const { descr, dims, values } = readHeader(bytes);
  const format = FORMATS.get(descr);
  if (format === undefined) return bad(`dtype ${descr}; f2, f4, f8, i4, i8 and u1 are read`);
  const data = floatsFromBytes(values, format);
  if (data === undefined || data.length !== elementCount(dims))
    return badLength(values, dims, descr);
  return { type: { dtype: "f32", dims }, data };
}

/** One array in its own element type; floats of other widths become f32. Throws CompileError `bad-file`. */
export function readTypedNpy(bytes: Uint8Array): Tensor {
  const { descr, dims, values } = readHeader(bytes);
  const dtype = DTYPES.get(descr);
  if (dtype === undefined) return readNpy(bytes);
  const count = elementCount(dims);
  const size = newData(dtype, 0).BYTES_PER_ELEMENT;
  if (values.length !== count * size) return badLength(values, dims, descr);
  const data = newData(dtype, count);
  new Uint8Array(data.buffer).set(values);
  return { type: { dtype, dims }, data };
}

interface Header {
  /** `<f4` */
  readonly descr: string;
  readonly dims: readonly number[];
  readonly values: Uint8Array;
}

function bad(message: string): never {
  return fail("bad-file", `not an .npy file that can be read: ${message}`);
}

function badLength(values: Uint8Array, dims: readonly number[], descr: string): never {
  return bad(`${values.length} bytes of values are not ${dims.join("×")} of ${descr}`);
}

function readHeader(bytes: Uint8Array): Header {
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
  const dims = shape
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  return { descr, dims, values: bytes.subarray(start) };
}

/** The most bytes an archive may unpack to. */
const LARGEST_ARCHIVE = 2 ** 31;

/** Every array of an .npz archive by name, without the .npy ending; as f32, or each as `readArray` reads it. */
export function readNpz(bytes: Uint8Array, readArray = readNpy): Map<string, Tensor> {
  let total = 0;
  const tensors = new Map<string, Tensor>();
  for (const [name, content] of Object.entries(unzip(bytes)))
    tensors.set(name.replace(/\.npy$/, ""), readArray(content));
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
