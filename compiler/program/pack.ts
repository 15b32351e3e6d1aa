/** Writes constants into the constants space as their places say: the bytes of the weights file. */
import type { Budget } from "../base/budget.js";
import { fail } from "../base/error.js";
import { constantTensor } from "../graph/constants.js";
import type { Place } from "../place/place.js";
import { rowMajorStrides, type Tensor, type TensorData } from "../base/tensor.js";
import { bfloatOfNumber, halvesOf } from "../base/float16.js";
import { bytesOf, type Storage } from "../loop/storage.js";
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
    const { offset, dtype, size } = bufferOf(program, place);
    const start = offset + place.offset * bytesOf(dtype);
    const value = constantTensor(constant, readFile, budget);
    packTensor(value, place, new (arrayOf(dtype))(bytes, start, size - place.offset), dtype);
  }
  return new Uint8Array(bytes);
}

type Elements = Float32Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

function arrayOf(
  storage: Storage,
): new (buffer: ArrayBuffer, offset: number, length: number) => Elements {
  switch (storage) {
    case "f32":
      return Float32Array;
    case "i32":
    case "bool":
      return Int32Array;
    case "f16":
    case "bf16":
      return Uint16Array;
    case "i16":
      return Int16Array;
    case "i8":
      return Int8Array;
    case "u8":
      return Uint8Array;
    default:
      return storage satisfies never;
  }
}

/** Row by row, as elements of the storage. */
function stored({ data }: Tensor, storage: Storage): Exclude<TensorData, BigInt64Array> {
  if (data instanceof BigInt64Array) return narrow(data);
  if (storage === "f16" && data instanceof Float32Array) return halvesOf(data);
  return storage === "bf16" ? Uint16Array.from(data, bfloatOfNumber) : data;
}

/** Copies a row-major tensor to where a place puts each element, counted from the place's start. */
export function packTensor(value: Tensor, place: Place, target: Elements, storage: Storage): void {
  const { dims } = value.type;
  const source = stored(value, storage);
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
  // Weights have loops of their own: one that meets several kinds of arrays is many times slower.
  if (source instanceof Float32Array && target instanceof Float32Array)
    scatterFloats(source, target, rows, inner);
  else if (source instanceof Int8Array && target instanceof Int8Array)
    scatterBytes(source, target, rows, inner);
  else if (source instanceof Uint16Array && target instanceof Uint16Array)
    scatterHalves(source, target, rows, inner);
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

function scatterBytes(
  source: Int8Array,
  target: Int8Array,
  rows: Int32Array,
  inner: Int32Array,
): void {
  let from = 0;
  for (const base of rows)
    for (let i = 0; i < inner.length; i++) target[base + inner[i]!] = source[from++]!;
}

function scatterHalves(
  source: Uint16Array,
  target: Uint16Array,
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
