/** Writes constants into the constants space as their places say: the bytes of the weights file. */
import type { Budget } from "../base/budget.js";
import { fail } from "../base/error.js";
import { constantTensor } from "../graph/constants.js";
import type { Place } from "../place/place.js";
import { rowMajorStrides, type Tensor } from "../base/tensor.js";
import { bufferOf } from "./memory/address.js";
import type { Program } from "./program.js";

/** The constants space of a planned Program, little-endian; i64 values outside i32 are refused. */
export function packConstants(
  program: Program,
  readFile?: (path: string) => Uint8Array,
  budget?: Budget,
): Uint8Array {
  const bytes = new ArrayBuffer(program.constantBytes ?? 0);
  for (const { constant, place } of program.constants) {
    const buffer = bufferOf(program, place);
    const start = buffer.offset + place.offset * 4;
    const value = constantTensor(constant, readFile, budget);
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
  if (place.block === undefined && String(place.strides) === String(rowMajorStrides(dims))) {
    target.set(source);
    return;
  }
  const offsets = dims.map((dim, d) =>
    Int32Array.from({ length: dim }, (_, i) => offsetOf(place, d, i)),
  );
  let inner: Int32Array = Int32Array.of(0);
  while (offsets.length > 0 && inner.length < LONG_ROW) inner = sums(offsets.pop()!, inner);
  const rows = offsets.reduce(sums, Int32Array.of(0));
  // Floats have a loop of their own: one that meets several kinds of arrays is many times slower.
  if (source instanceof Float32Array && target instanceof Float32Array)
    scatterFloats(source, target, rows, inner);
  else
    rows.forEach((base, row) =>
      inner.forEach((offset, i) => (target[base + offset] = source[row * inner.length + i]!)),
    );
}

/** Dims are taken together until a row has this many elements. */
const LONG_ROW = 256;

/** a[i] + b[j], the second index running faster. */
function sums(a: Int32Array, b: Int32Array): Int32Array {
  return Int32Array.from(
    { length: a.length * b.length },
    (_, at) => a[Math.floor(at / b.length)]! + b[at % b.length]!,
  );
}

function scatterFloats(
  source: Float32Array,
  target: Float32Array,
  rows: Int32Array,
  inner: Int32Array,
): void {
  let from = 0;
  for (const base of rows)
    for (let i = 0; i < inner.length; i++) target[base + inner[i]!] = source[from++]!;
}

function offsetOf(place: Place, d: number, i: number): number {
  if (place.block?.dim !== d) return i * place.strides[d]!;
  const { size, stride } = place.block;
  return Math.floor(i / size) * stride + (i % size) * place.strides[d]!;
}

function narrow(data: BigInt64Array): Int32Array {
  return Int32Array.from(data, (value) => {
    const number = Number(value);
    if (number === (number | 0)) return number;
    return fail("unsupported", `constant ${value} is an i64 that does not fit 32 bits`, {
      hint: "at run time integers have 32 bits; only what decides shapes may be larger",
    });
  });
}
