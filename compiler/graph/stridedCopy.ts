/** Copies a regular part or rearrangement of a tensor: how large constants are moved without the interpreter. */
import { elementCount, newData, rowMajorStrides, type Tensor } from "../base/tensor.js";

/** out[i…] = x[start + Σ i · stride] over `dims`, by an odometer over all dims but the last. */
export function stridedCopy(
  x: Tensor,
  dims: readonly number[],
  start: number,
  strides: readonly number[],
): Tensor {
  const { dtype } = x.type;
  const data = newData(dtype, elementCount(dims));
  const inner = dims.at(-1) ?? 1;
  const step = strides.at(-1) ?? 0;
  const counter = dims.slice(0, -1).map(() => 0);
  let from = start;
  for (let at = 0; at < data.length; at += inner) {
    for (let i = 0; i < inner; i++) data[at + i] = x.data[from + i * step]!;
    for (let d = counter.length - 1; d >= 0; d--) {
      from += strides[d]!;
      counter[d]!++;
      if (counter[d]! < dims[d]!) break;
      from -= counter[d]! * strides[d]!;
      counter[d] = 0;
    }
  }
  return { type: { dtype, dims }, data };
}

/** out dims[i] = x dims[permutation[i]] */
export function permuteTensor(x: Tensor, permutation: readonly number[]): Tensor {
  const strides = rowMajorStrides(x.type.dims);
  const dims = permutation.map((at) => x.type.dims[at]!);
  return stridedCopy(
    x,
    dims,
    0,
    permutation.map((at) => strides[at]!),
  );
}
