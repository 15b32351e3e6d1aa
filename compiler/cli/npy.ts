/** Writes tensors as NumPy's .npy files (format version 1.0). */
import { halfOfNumber } from "../base/float16.js";
import { elementCount, type DType, type TensorData, type TensorType } from "../base/tensor.js";

const FORMATS: Readonly<Record<DType, string>> = {
  f32: "<f4",
  f64: "<f8",
  f16: "<f2",
  // NumPy has no such type.
  bf16: "<f4",
  i32: "<i4",
  i64: "<i8",
  u8: "|u1",
  i8: "|i1",
  u16: "<u2",
  i16: "<i2",
  u4: "|u1",
  i4: "|i1",
  bool: "|b1",
};

/** Magic, version, header length, a Python dict padded to 64 bytes, then values in C order. */
export function writeNpy({ dtype, dims }: TensorType, data: TensorData): Uint8Array {
  if (data.length !== elementCount(dims))
    throw new Error(`${data.length} values are not ${dims.join("×")}`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const dict = `{'descr': '${FORMATS[dtype]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const values = dtype === "f16" ? Uint16Array.from(data as Float32Array, halfOfNumber) : data;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = new TextEncoder().encode(`${dict.padEnd(length - 11)}\n`);
  const bytes = new Uint8Array(length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(header, 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
  return bytes;
}
