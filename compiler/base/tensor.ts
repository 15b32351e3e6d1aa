/** Element types, tensor types and tensors: what a value is, apart from where it lives. */

/** Element types of model inputs, outputs and constants; i64 holds folded shape arithmetic exactly. */
export const DTYPES = ["f32", "i32", "i64", "u8", "i8", "bool"] as const;
export type DType = (typeof DTYPES)[number];

export interface TensorType {
  readonly dtype: DType;
  readonly dims: readonly number[];
}

export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

/** Row-major values; bool is stored as 0 or 1 in a Uint8Array. */
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
      return new Float32Array(length);
    case "i32":
      return new Int32Array(length);
    case "i64":
      return new BigInt64Array(length);
    case "i8":
      return new Int8Array(length);
    case "u8":
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
    else data[i] = values[i]!;
  }
  return { type: { dtype, dims }, data };
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
