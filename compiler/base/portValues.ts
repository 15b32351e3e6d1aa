/** Values as modules give them out, files and other engines have them: floats of 16 bits as their patterns. */
import { bfloatOfNumber, halfOfNumber, numberOfBfloat, numberOfHalf } from "./float16.js";
import type { Tensor, TensorData, TensorType } from "./tensor.js";

/** What a run gives out, as a tensor: f16 and bf16 are an array of f32 there. */
export function tensorOf(type: TensorType, values: ArrayLike<number | bigint>): Tensor {
  if (type.dtype !== "f16" && type.dtype !== "bf16") return { type, data: values as TensorData };
  const read = type.dtype === "f16" ? numberOfHalf : numberOfBfloat;
  const numbers = values as ArrayLike<number>;
  const data = values instanceof Uint16Array ? Float32Array.from(values, read) : numbers;
  return { type, data: Float32Array.from(data) };
}

/** The values as ONNX has them, little-endian: 16 bits of f16 and bf16, two values of 4 bits a byte. */
export function rawBytes({ type, data }: Tensor): Uint8Array {
  switch (type.dtype) {
    case "f16":
    case "bf16": {
      const bitsOf = type.dtype === "f16" ? halfOfNumber : bfloatOfNumber;
      return new Uint8Array(Uint16Array.from(data as Float32Array, bitsOf).buffer);
    }
    case "u4":
    case "i4": {
      const bytes = new Uint8Array(Math.ceil(data.length / 2));
      data.forEach((value, i) => (bytes[i >> 1]! |= (Number(value) & 15) << (i % 2 === 0 ? 0 : 4)));
      return bytes;
    }
    default:
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
