/** Element types, tensor types and tensors: what a value is, apart from where it lives. */

import { bfloatOfNumber, halfOfNumber, numberOfBfloat, numberOfHalf } from "./float16.js";

/**
 * Element types of model inputs, outputs and constants. i64 and f64 hold folded arithmetic exactly; f64, f16 and
 * bf16 are how values are stored, and what computes reads f32; i4 and u4 take a byte each.
 */
export const DTYPES = [
  ...(["f32", "i32", "i64", "u8", "i8", "bool"] as const),
  ...(["f64", "f16", "bf16", "i16", "u16", "i4", "u4"] as const),
] as const;
export type DType = (typeof DTYPES)[number];

export interface TensorType {
  readonly dtype: DType;
  readonly dims: readonly number[];
}

export type TensorData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array;

/** Row-major values; bool is stored as 0 or 1 in a Uint8Array, f16 and bf16 as the f32 that they are, too. */
export interface Tensor {
  readonly type: TensorType;
  readonly data: TensorData;
}

/** The most elements one tensor may have: byte offsets must stay inside an i32. */
export const MAX_ELEMENTS = 2 ** 29 - 1;

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Whether it has no elements. */
export function isEmpty({ dims }: TensorType): boolean {
  return dims.includes(0);
}

/** Bytes of its values as an array holds them. */
export function byteCount({ dtype, dims }: TensorType): number {
  return elementCount(dims) * newData(dtype, 0).BYTES_PER_ELEMENT;
}

/** Row-major strides in elements: dims [2,3,4] => [12,4,1]. */
export function rowMajorStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= dims[i]!;
  }
  return strides;
}

export function newData(dtype: DType, length: number): TensorData {
  switch (dtype) {
    case "f32":
    case "f16":
    case "bf16":
      return new Float32Array(length);
    case "f64":
      return new Float64Array(length);
    case "i32":
      return new Int32Array(length);
    case "i64":
      return new BigInt64Array(length);
    case "i16":
      return new Int16Array(length);
    case "u16":
      return new Uint16Array(length);
    case "i8":
    case "i4":
      return new Int8Array(length);
    case "u8":
    case "u4":
    case "bool":
      return new Uint8Array(length);
    default:
      return dtype satisfies never;
  }
}

/** A tensor from plain numbers, converted to the element type. */
export function tensor(dtype: DType, dims: readonly number[], values: ArrayLike<number>): Tensor {
  const data = newData(dtype, elementCount(dims));
  for (let i = 0; i < data.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(values[i]!);
    else data[i] = elementOf(dtype, values[i]!);
  }
  return { type: { dtype, dims }, data };
}

/** The nearest number that is an f16 or bf16, for arrays that have more; other numbers as they are. */
export function elementOf(dtype: DType, value: number): number {
  if (dtype === "f16") return numberOfHalf(halfOfNumber(value));
  return dtype === "bf16" ? numberOfBfloat(bfloatOfNumber(value)) : value;
}

/** Floats; those that are not f32 are stored only, and read as f32. */
export const FLOATS: ReadonlySet<DType> = new Set(["f32", "f64", "f16", "bf16"]);

/** What computes with values of an element type takes them for. */
export function computedAs(dtype: DType): DType {
  return FLOATS.has(dtype) ? "f32" : dtype;
}

/** The type that computes read where values are stored in this one. */
export function computedType({ dtype, dims }: TensorType): TensorType {
  return { dtype: computedAs(dtype), dims };
}

/** `f32[1,6,28,28]`; a scalar is `f32[]`. */
export function formatType(type: TensorType): string {
  return `${type.dtype}[${type.dims.join(",")}]`;
}

export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameDims(a.dims, b.dims);
}
