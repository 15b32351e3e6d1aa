/** Writes constants into the constants space as their places say: the bytes of the weights file. */
import { constantTensor } from "../graph/constants.js";
import type { Place } from "../kernel/place.js";
import { elementCount, rowMajorStrides, type Tensor } from "../tensor.js";
import { bufferOf } from "./memory.js";
import type { Program } from "./program.js";

/** The constants space of a planned Program, little-endian; i64 values outside i32 are refused. */
export function packConstants(
  program: Program,
  readFile?: (path: string) => Uint8Array,
): Uint8Array {
  const bytes = new ArrayBuffer(program.constantBytes ?? 0);
  for (const { constant, place } of program.constants) {
    const buffer = bufferOf(program, place);
    const start = buffer.offset + place.offset * 4;
    const value = constantTensor(constant, readFile);
    const target =
      buffer.dtype === "f32"
        ? new Float32Array(bytes, start, buffer.size - place.offset)
        : new Int32Array(bytes, start, buffer.size - place.offset);
    packTensor(value, place, target);
  }
  return new Uint8Array(bytes);
}

/** Copies a row-major tensor to where a place puts each element, counted from the place's start. */
export function packTensor(value: Tensor, place: Place, target: Float32Array | Int32Array): void {
  const { dims } = value.type;
  const source = value.data instanceof BigInt64Array ? narrow(value.data) : value.data;
  const rank = dims.length;
  if (place.block === undefined && String(place.strides) === String(rowMajorStrides(dims))) {
    target.set(source);
    return;
  }
  const offsets = dims.map((dim, d) =>
    Array.from({ length: dim }, (_, i) => offsetOf(place, d, i)),
  );
  const inner = offsets[rank - 1] ?? [0];
  const outer = elementCount(dims.slice(0, -1));
  const counters = new Array<number>(Math.max(0, rank - 1)).fill(0);
  for (let row = 0, from = 0; row < outer; row++) {
    const base = counters.reduce((sum, at, d) => sum + offsets[d]![at]!, 0);
    for (const offset of inner) target[base + offset] = source[from++]!;
    for (let d = rank - 2; d >= 0 && ++counters[d]! === dims[d]; d--) counters[d] = 0;
  }
}

function offsetOf(place: Place, d: number, i: number): number {
  if (place.block?.dim !== d) return i * place.strides[d]!;
  const { size, stride } = place.block;
  return Math.floor(i / size) * stride + (i % size) * place.strides[d]!;
}

function narrow(data: BigInt64Array): Int32Array {
  return Int32Array.from(data, (value) => {
    const number = Number(value);
    if (number !== (number | 0)) throw new Error(`constant ${value} does not fit 32 bits`);
    return number;
  });
}
