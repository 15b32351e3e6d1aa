/** Outputs of as many rows as a run finds, as other engines yield them: without the room for more. */
import { elementCount, newData, sameDims, type Tensor } from "../base/tensor.js";

/**
 * Outputs without counts that nobody expects, and of those that are counted the first rows alone: `y` [100, 4] is
 * [3, 4] where `y_count` is 3 and [3, 4] is expected.
 */
export function countedRows(
  outputs: ReadonlyMap<string, Tensor>,
  expected: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const counted = new Map<string, Tensor>();
  for (const [name, value] of outputs) {
    const dims = expected.get(name)?.type.dims;
    const count = outputs.get(`${name}_count`)?.data[0];
    const isCount = name.endsWith("_count") && outputs.has(name.slice(0, -"_count".length));
    if (dims === undefined && isCount) continue;
    const same = dims === undefined || count === undefined || sameDims(dims, value.type.dims);
    counted.set(name, same ? value : firstRows(value, dims, Number(count)));
  }
  return counted;
}

/** The rows along the first dim of another size; the value itself where that is not all that differs. */
function firstRows(value: Tensor, expected: readonly number[], count: number): Tensor {
  const { dims } = value.type;
  const axis = dims.findIndex((dim, d) => dim !== expected[d]);
  if (axis < 0 || !sameDims(dims.with(axis, expected[axis]!), expected) || count > dims[axis]!) {
    return value;
  }
  const inner = elementCount(dims.slice(axis + 1));
  const type = { dtype: value.type.dtype, dims: dims.with(axis, count) };
  const data = newData(type.dtype, elementCount(type.dims));
  let at = 0;
  value.data.forEach((element, i) => {
    if (Math.floor(i / inner) % dims[axis]! < count) data[at++] = element;
  });
  return { type, data };
}
