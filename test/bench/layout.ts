/** Moves values between our row-major [n, c, …spatial] and other orders of the same dims. */
import { elementCount, rowMajorStrides } from "../../compiler/base/tensor.js";

/** Row-major values with their dims in another order: order[i] is the old dim that becomes dim i. */
export function permuted(
  values: Float32Array,
  dims: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = rowMajorStrides(dims);
  const result = new Float32Array(elementCount(dims));
  const extents = order.map((d) => dims[d]!);
  const steps = order.map((d) => strides[d]!);
  let at = 0;
  const fill = (depth: number, from: number): void => {
    if (depth === extents.length) result[at++] = values[from]!;
    else for (let i = 0; i < extents[depth]!; i++) fill(depth + 1, from + i * steps[depth]!);
  };
  fill(0, 0);
  return result;
}
