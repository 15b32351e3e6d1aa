/** Decodes little-endian numbers of the formats that weights are stored in to f32. */
import { numberOfBfloat, numberOfHalf } from "../../base/float16.js";

export type FloatFormat = "f64" | "f32" | "f16" | "bf16" | "i64" | "i32" | "u8";

const BYTES: Readonly<Record<FloatFormat, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  u8: 1,
};

/** The values, or undefined where the length is no whole number of them. */
export function floatsFromBytes(bytes: Uint8Array, format: FloatFormat): Float32Array | undefined {
  const size = BYTES[format];
  if (bytes.length % size !== 0) return undefined;
  const values = new Float32Array(bytes.length / size);
  if (format === "f32") {
    new Uint8Array(values.buffer).set(bytes);
    return values;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = reader(view, format);
  for (let i = 0; i < values.length; i++) values[i] = read(i * size);
  return values;
}

function reader(view: DataView, format: FloatFormat): (at: number) => number {
  switch (format) {
    case "f64":
      return (at) => view.getFloat64(at, true);
    case "f32":
      return (at) => view.getFloat32(at, true);
    case "f16":
      return (at) => numberOfHalf(view.getUint16(at, true));
    case "bf16":
      return (at) => numberOfBfloat(view.getUint16(at, true));
    case "i64":
      return (at) => Number(view.getBigInt64(at, true));
    case "i32":
      return (at) => view.getInt32(at, true);
    case "u8":
      return (at) => view.getUint8(at);
    default:
      return format satisfies never;
  }
}
