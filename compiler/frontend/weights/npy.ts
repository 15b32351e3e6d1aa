/** Reads NumPy's .npy, one array a file. */
import { elementCount, newData, type DType, type Tensor } from "../../base/tensor.js";
import { floatsFromBytes, type FloatFormat } from "./floats.js";
import { badNpy, readNpyHeader, type NpyHeader } from "./npyHeader.js";

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
  ["<u2", "u16"],
  ["<i2", "i16"],
  ["|b1", "bool"],
]);

/**
 * One array as f32, in C order (format version 1 to 3: magic, version, header length, a Python dict
 * literal, values and nothing behind them). Throws CompileError `bad-file` on anything else.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const { descr, dims, values } = readNpyHeader(bytes);
  const format = FORMATS.get(descr);
  if (format === undefined) return badType(descr);
  const data = floatsFromBytes(values, format);
  if (data?.length !== elementCount(dims)) return badLength({ descr, dims, values });
  return { type: { dtype: "f32", dims }, data };
}

/** One array in its own element type; floats of other widths become f32. Throws CompileError `bad-file`. */
export function readTypedNpy(bytes: Uint8Array): Tensor {
  const { descr, dims, values } = readNpyHeader(bytes);
  const dtype = DTYPES.get(descr);
  if (dtype === undefined) return readNpy(bytes);
  const count = elementCount(dims);
  const size = newData(dtype, 0).BYTES_PER_ELEMENT;
  if (values.length !== count * size) return badLength({ descr, dims, values });
  const data = newData(dtype, count);
  new Uint8Array(data.buffer).set(values);
  // NumPy takes every byte but 0 for true.
  if (dtype === "bool") data.forEach((value, i) => (data[i] = value === 0 ? 0 : 1));
  return { type: { dtype, dims }, data };
}

function badType(descr: string): never {
  if (/^>[fi][1-8]$/.test(descr)) {
    return badNpy(`its values (${descr}) begin with their highest byte`, {
      hint: `save it with array.astype('${descr.replace(">", "<")}')`,
    });
  }
  return badNpy(`dtype ${descr}; f2, f4, f8, i4, i8 and u1 are read`, {
    hint: "save it with array.astype('<f4')",
  });
}

function badLength({ values, dims, descr }: NpyHeader): never {
  return badNpy(`${values.length} bytes of values are not ${dims.join("×")} of ${descr}`);
}
