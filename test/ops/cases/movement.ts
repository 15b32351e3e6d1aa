/** Cases of the ops that move elements: reshapes, transpose, slices, concat, repeats and gather. */
import type { AttributeValue } from "../../../compiler/graph/definition.js";
import { tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, random, type OpCase } from "./opCase.js";

type Given = Readonly<Record<string, AttributeValue>>;

/** The same elements under other dims. */
function reshaped(dims: number[], attributes: Given, out: number[], dtype: DType = "f32"): OpCase {
  const x = random(dims, 101, dtype);
  return {
    title: `${dtype}[${dims.join(",")}] ${JSON.stringify(attributes)}`,
    inputs: [x],
    attributes,
    expected: { type: { dtype, dims: out }, data: x.data },
  };
}

function moved(
  x: Tensor,
  attributes: Given,
  dims: number[],
  from: (index: readonly number[]) => number[],
): OpCase {
  return {
    title: `${x.type.dtype}[${x.type.dims.join(",")}] ${JSON.stringify(attributes)}`,
    inputs: [x],
    attributes,
    expected: build(x.type.dtype, dims, (index) => at(x, from(index))),
  };
}

const LARGE = Number.MAX_SAFE_INTEGER;
const x2345 = random([2, 3, 4, 5], 102);
const x7 = random([7], 103);

const slice: readonly OpCase[] = [
  moved(x2345, { starts: [1, 1], ends: [3, 4], axes: [1, 3] }, [2, 2, 4, 3], ([n, c, h, w]) => [
    n!,
    c! + 1,
    h!,
    w! + 1,
  ]),
  moved(x2345, { starts: [1], ends: [2] }, [1, 3, 4, 5], ([, c, h, w]) => [1, c!, h!, w!]),
  moved(x2345, { starts: [-2], ends: [LARGE], axes: [-1] }, [2, 3, 4, 2], ([n, c, h, w]) => [
    n!,
    c!,
    h!,
    w! + 3,
  ]),
  moved(x7, { starts: [0], ends: [7], steps: [2] }, [4], ([i]) => [2 * i!]),
  moved(x7, { starts: [1], ends: [-1], steps: [3] }, [2], ([i]) => [1 + 3 * i!]),
  moved(x7, { starts: [-1], ends: [-LARGE], steps: [-1] }, [7], ([i]) => [6 - i!]),
  moved(x7, { starts: [LARGE], ends: [-LARGE], steps: [-1] }, [7], ([i]) => [6 - i!]),
  moved(x7, { starts: [5], ends: [0], steps: [-2] }, [3], ([i]) => [5 - 2 * i!]),
  moved(x7, { starts: [2], ends: [-100], steps: [-3] }, [1], () => [2]),
  moved(x7, { starts: [-LARGE], ends: [100] }, [7], ([i]) => [i!]),
  moved(x7, { starts: [5], ends: [2] }, [0], () => []),
  moved(x7, { starts: [2], ends: [5], steps: [-1] }, [0], () => []),
  moved(tensor("i64", [4], [1, 2, 3, 4]), { starts: [-2], ends: [4] }, [2], ([i]) => [i! + 2]),
];

const split: readonly OpCase[] = [
  moved(x2345, { axis: 1, sizes: [1, 2], index: 1 }, [2, 2, 4, 5], ([n, c, h, w]) => [
    n!,
    c! + 1,
    h!,
    w!,
  ]),
  moved(x2345, { axis: -1, sizes: [2, 3], index: 0 }, [2, 3, 4, 2], (index) => [...index]),
  moved(x2345, { sizes: [1, 1], index: 1 }, [1, 3, 4, 5], ([, c, h, w]) => [1, c!, h!, w!]),
  moved(x7, { parts: 3, index: 1 }, [3], ([i]) => [i! + 3]),
  moved(x7, { parts: 3, index: 2 }, [1], () => [6]),
  moved(x7, { parts: 7, index: 3 }, [1], () => [3]),
];

function concatCase(shapes: number[][], axis: number, dtype: DType = "f32"): OpCase {
  const inputs = shapes.map((dims, i) => random(dims, 110 + i, dtype));
  const first = shapes[0]!;
  const along = axis < 0 ? axis + first.length : axis;
  const total = shapes.reduce((sum, dims) => sum + dims[along]!, 0);
  const expected = build(dtype, first.with(along, total), (index) => {
    let position = index[along]!;
    for (const input of inputs) {
      const dim = input.type.dims[along]!;
      if (position < dim) return at(input, index.with(along, position));
      position -= dim;
    }
    throw new Error("past the last operand");
  });
  const title = `${dtype} ${JSON.stringify(shapes)} along ${axis}`;
  return { title, inputs, attributes: { axis }, expected };
}

function gatherCase(x: Tensor, indices: Tensor, axis: number): OpCase {
  const { dims } = x.type;
  const along = axis < 0 ? axis + dims.length : axis;
  const rank = indices.type.dims.length;
  const out = [...dims.slice(0, along), ...indices.type.dims, ...dims.slice(along + 1)];
  const expected = build(x.type.dtype, out, (index) => {
    const chosen = at(indices, index.slice(along, along + rank));
    const wrapped = chosen < 0 ? chosen + dims[along]! : chosen;
    const inside = Math.min(dims[along]! - 1, Math.max(0, wrapped));
    return at(x, [...index.slice(0, along), inside, ...index.slice(along + rank)]);
  });
  const { dtype } = indices.type;
  return {
    title: `[${dims.join(",")}] at ${dtype}[${indices.type.dims.join(",")}] along ${axis}`,
    inputs: [x, indices],
    attributes: { axis },
    expected,
  };
}

export const movementCases: Readonly<Record<string, readonly OpCase[]>> = {
  identity: [reshaped([2, 3, 4, 5], {}, [2, 3, 4, 5]), reshaped([], {}, [], "bool")],
  dropout: [reshaped([2, 3], {}, [2, 3])],
  reshape: [
    reshaped([2, 3, 4, 5], { shape: [0, -1] }, [2, 60]),
    reshaped([2, 60], { shape: [2, 3, 4, 5] }, [2, 3, 4, 5]),
    reshaped([2, 6, 5], { shape: [0, 2, 3, 5] }, [2, 2, 3, 5]),
    reshaped([2, 2, 3, 4, 5], { shape: [2, 6, 4, 5] }, [2, 6, 4, 5]),
    reshaped([4, 6], { shape: [6, 4] }, [6, 4]),
    reshaped([4, 6], { shape: [2, 3, -1] }, [2, 3, 4]),
    reshaped([4, 15, 2], { shape: [6, 5, 4] }, [6, 5, 4]),
    reshaped([1, 2, 1, 3], { shape: [3, 1, 2, 1, 1] }, [3, 1, 2, 1, 1]),
    reshaped([1, 1], { shape: [] }, []),
    reshaped([], { shape: [1, -1] }, [1, 1]),
    reshaped([2, 3], { shape: [3, 2] }, [3, 2], "i64"),
    reshaped([0, 3], { shape: [0, 1, 3] }, [0, 1, 3]),
    reshaped([2, 2, 2, 1, 2, 2], { shape: [4, 2, 4] }, [4, 2, 4]),
  ],
  flatten: [
    reshaped([2, 3, 4, 5], {}, [2, 60]),
    reshaped([2, 3, 4, 5], { axis: 0 }, [1, 120]),
    reshaped([2, 3, 4, 5], { axis: 4 }, [120, 1]),
    reshaped([2, 3, 4, 5], { axis: -2 }, [6, 20]),
    reshaped([5], { axis: 1 }, [5, 1]),
    reshaped([], { axis: 0 }, [1, 1]),
  ],
  squeeze: [
    reshaped([1, 3, 1, 5], {}, [3, 5]),
    reshaped([1, 3, 1, 5], { axes: [2] }, [1, 3, 5]),
    reshaped([1, 3, 1, 5], { axes: [-2, 0] }, [3, 5]),
    reshaped([1], { axes: [0] }, []),
    reshaped([2, 3], {}, [2, 3]),
  ],
  unsqueeze: [
    reshaped([3, 5], { axes: [0] }, [1, 3, 5]),
    reshaped([3, 5], { axes: [-1, 1] }, [3, 1, 5, 1]),
    reshaped([], { axes: [0, 1] }, [1, 1], "i32"),
  ],
  transpose: [
    moved(x2345, {}, [5, 4, 3, 2], (index) => index.toReversed()),
    moved(x2345, { permutation: [0, 2, 3, 1] }, [2, 4, 5, 3], ([n, h, w, c]) => [n!, c!, h!, w!]),
    moved(x2345, { permutation: [1, 2, 0, 3] }, [3, 4, 2, 5], ([c, h, n, w]) => [n!, c!, h!, w!]),
    moved(random([], 1), {}, [], () => []),
    moved(random([2, 3], 1, "u8"), { permutation: [1, 0] }, [3, 2], ([a, b]) => [b!, a!]),
  ],
  slice,
  split,
  concat: [
    concatCase([[2, 3, 4]], 1),
    concatCase([[2, 3, 4, 5], [2, 1, 4, 5], [2, 2, 4, 5]], 1), // prettier-ignore
    concatCase([[2, 3], [4, 3]], 0), // prettier-ignore
    concatCase([[2, 3], [2, 1]], -1, "i32"), // prettier-ignore
    concatCase([[1], [2], [1]], 0, "i64"), // prettier-ignore
    concatCase([[1], [0], [2]], 0, "bool"), // prettier-ignore
  ],
  expand: [
    moved(random([3, 1], 1), { shape: [2, 1, 4] }, [2, 3, 4], ([, m]) => [m!, 0]),
    moved(random([2, 3], 1), { shape: [1] }, [2, 3], (index) => [...index]),
    moved(random([], 1), { shape: [2, 2] }, [2, 2], () => []),
    moved(random([1, 3, 1, 1], 1, "i8"), { shape: [2, 3, 4, 5] }, [2, 3, 4, 5], ([, c]) => [
      0,
      c!,
      0,
      0,
    ]),
  ],
  tile: [
    moved(random([2, 3], 1), { repeats: [2, 3] }, [4, 9], ([a, b]) => [a! % 2, b! % 3]),
    moved(random([2, 3], 1), { repeats: [1, 1] }, [2, 3], (index) => [...index]),
    moved(random([1, 4], 1), { repeats: [5, 1] }, [5, 4], ([, b]) => [0, b!]),
    moved(random([3], 1, "i32"), { repeats: [0] }, [0], () => []),
    moved(random([], 1), { repeats: [] }, [], () => []),
  ],
  gather: [
    gatherCase(random([5, 3], 1), tensor("i64", [2], [4, 0]), 0),
    gatherCase(random([2, 5, 3], 1), tensor("i32", [2, 2], [-1, -5, 2, 0]), 1),
    gatherCase(random([4], 1, "i64"), tensor("i64", [], [-2]), 0),
    gatherCase(random([2, 5], 1), tensor("i64", [3], [99, -99, 2 ** 40]), -1),
    gatherCase(random([2, 5], 1, "bool"), tensor("u8", [2], [1, 1]), 0),
  ],
};
