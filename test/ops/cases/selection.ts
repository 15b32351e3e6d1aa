/** Cases of the ops that pick elements by indices or by rank, against loops over plain arrays. */
import { elementCount, tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, generator, indicesIn, random, type OpCase } from "./opCase.js";

const within = (index: number, dim: number): number =>
  Math.min(dim - 1, Math.max(0, index < 0 ? index + dim : index));

/** Indices into dims of at least this size, from both ends. */
function indices(dims: readonly number[], size: number, seed: number, dtype: DType): Tensor {
  const next = generator(seed);
  const count = elementCount(dims);
  const values = Array.from({ length: count }, () => Math.floor((next() * 2 - 1) * size));
  return tensor(dtype, dims, values);
}

const shape = ({ type }: Tensor): string => `${type.dtype}[${type.dims.join(",")}]`;

function elementsCase(x: Tensor, indices: Tensor, axis?: number): OpCase {
  const rank = x.type.dims.length;
  const along = ((axis ?? 0) + rank) % rank;
  return {
    title: `${shape(x)} at ${shape(indices)} along ${axis ?? "the first"}`,
    inputs: [x, indices],
    ...(axis === undefined ? {} : { attributes: { axis } }),
    expected: build(x.type.dtype, indices.type.dims, (index) =>
      at(x, index.with(along, within(at(indices, index), x.type.dims[along]!))),
    ),
  };
}

function pointsCase(x: Tensor, indices: Tensor, batchDims = 0): OpCase {
  const depth = indices.type.dims.at(-1)!;
  const lead = indices.type.dims.slice(0, -1);
  const dims = [...lead, ...x.type.dims.slice(batchDims + depth)];
  return {
    title: `${shape(x)} at points ${shape(indices)}, ${batchDims} of a batch`,
    inputs: [x, indices],
    attributes: { batchDims },
    expected: build(x.type.dtype, dims, (index) => {
      const row = index.slice(0, lead.length);
      const point = Array.from({ length: depth }, (_, d) =>
        within(at(indices, [...row, d]), x.type.dims[batchDims + d]!),
      );
      return at(x, [...index.slice(0, batchDims), ...point, ...index.slice(lead.length)]);
    }),
  };
}

const JOINED = {
  none: (_: number, brought: number) => brought,
  add: (old: number, brought: number) => old + brought,
  mul: (old: number, brought: number) => old * brought,
  min: (old: number, brought: number) => Math.min(old, brought),
  max: (old: number, brought: number) => Math.max(old, brought),
} as const;

/** Writes one update after the other where `targetOf` says; outside is nowhere. */
function scattered(
  [x, indices, updates]: readonly [Tensor, Tensor, Tensor],
  attributes: { readonly axis?: number; readonly reduction?: keyof typeof JOINED },
  targetOf: (index: readonly number[]) => number[],
): OpCase {
  const values = new Map(indicesIn(x.type.dims).map((index) => [index.join(), at(x, index)]));
  const join = JOINED[attributes.reduction ?? "none"];
  for (const index of indicesIn(updates.type.dims)) {
    const target = targetOf(index).map((one, d) => (one < 0 ? one + x.type.dims[d]! : one));
    const old = values.get(target.join());
    if (old !== undefined) values.set(target.join(), join(old, at(updates, index)));
  }
  return {
    title: `${shape(x)} with ${shape(updates)} at ${shape(indices)} ${JSON.stringify(attributes)}`,
    inputs: [x, indices, updates],
    attributes,
    expected: build(x.type.dtype, x.type.dims, (index) => values.get(index.join())!),
  };
}

function scatterElementsCase(
  x: Tensor,
  indices: Tensor,
  reduction?: keyof typeof JOINED,
  axis?: number,
): OpCase {
  const rank = x.type.dims.length;
  const along = ((axis ?? 0) + rank) % rank;
  const updates = random(indices.type.dims, 41, x.type.dtype);
  const given = {
    ...(axis === undefined ? {} : { axis }),
    ...(reduction === undefined ? {} : { reduction }),
  };
  return scattered([x, indices, updates], given, (index) => index.with(along, at(indices, index)));
}

function scatterPointsCase(x: Tensor, indices: Tensor, reduction?: keyof typeof JOINED): OpCase {
  const depth = indices.type.dims.at(-1)!;
  const lead = indices.type.dims.slice(0, -1);
  const updates = random([...lead, ...x.type.dims.slice(depth)], 42, x.type.dtype);
  return scattered([x, indices, updates], reduction === undefined ? {} : { reduction }, (index) => [
    ...Array.from({ length: depth }, (_, d) => at(indices, [...index.slice(0, lead.length), d])),
    ...index.slice(lead.length),
  ]);
}

/** Sorts pairs of value and place; NaN is the largest. */
function topKCase(x: Tensor, k: number, axis?: number, largest?: boolean): OpCase {
  const { dims } = x.type;
  const along = ((axis ?? -1) + dims.length) % dims.length;
  const above = (a: number, b: number): boolean => a > b || (Number.isNaN(a) && !Number.isNaN(b));
  const expected = build("i32", dims.with(along, k), (index) => {
    const row = Array.from({ length: dims[along]! }, (_, i) => at(x, index.with(along, i)));
    const order = row
      .map((_, i) => i)
      .sort((a, b) => {
        const [left, right] = [row[a]!, row[b]!];
        if (above(left, right)) return largest === false ? 1 : -1;
        if (above(right, left)) return largest === false ? -1 : 1;
        return a - b;
      });
    return order[index[along]!]!;
  });
  return {
    title: `${k} of ${shape(x)} along ${axis ?? "the last"}${largest === false ? ", smallest" : ""}`,
    inputs: [x],
    attributes: {
      k,
      ...(axis === undefined ? {} : { axis }),
      ...(largest === undefined ? {} : { largest }),
    },
    expected,
  };
}

function cumSumCase(x: Tensor, axis: number, exclusive = false, reverse = false): OpCase {
  const { dims, dtype } = x.type;
  const along = (axis + dims.length) % dims.length;
  const expected = build(dtype, dims, (index) => {
    let sum = 0;
    for (let i = 0; i < dims[along]!; i++) {
      const before = reverse ? i > index[along]! : i < index[along]!;
      if (before || (i === index[along] && !exclusive)) sum += at(x, index.with(along, i));
    }
    return dtype === "f32" ? sum : sum | 0;
  });
  const how = `${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`;
  const title = `${shape(x)} along ${axis}${how}`;
  return { title, inputs: [x], attributes: { axis, exclusive, reverse }, expected, slack: 3e-6 };
}

const ties = tensor("f32", [9], [2, 7, 2, 7, -1, 7, 2, 0, -0]);
const special = tensor("f32", [7], [1, NaN, Infinity, -Infinity, NaN, 3.4e38, -3.4e38]);

const outOfRange = (one: OpCase): OpCase => ({ ...one, title: `${one.title}, out of range` });

function branchCase(then: Tensor, otherwise: Tensor, taken: boolean, rank: number): OpCase {
  const condition = tensor("bool", Array(rank).fill(1) as number[], [taken ? 1 : 0]);
  const title = `${shape(then)} of ${taken ? "the first" : "the second"}`;
  return { title, inputs: [condition, then, otherwise], expected: taken ? then : otherwise };
}

export const selectionCases: Readonly<Record<string, readonly OpCase[]>> = {
  branch: [true, false].flatMap((taken) => [
    branchCase(random([3, 4, 5], 51), random([3, 4, 5], 52), taken, 1),
    branchCase(random([], 53, "i64"), random([], 54, "i64"), taken, 2),
    branchCase(random([2, 9], 55, "bool"), random([2, 9], 56, "bool"), taken, 0),
    branchCase(special, random([7], 57), taken, 1),
  ]),
  gatherElements: [
    elementsCase(random([3, 4], 1), indices([2, 4], 3, 2, "i64")),
    elementsCase(random([2, 5, 3], 2), indices([2, 7, 3], 5, 3, "i32"), 1),
    elementsCase(random([2, 3, 4, 5], 4, "i32"), indices([1, 3, 2, 9], 5, 5, "i8"), -1),
    outOfRange(elementsCase(random([4], 5), tensor("i64", [3], [99, -99, 2 ** 40]))),
    elementsCase(random([6], 6, "bool"), tensor("u8", [3], [5, 0, 5]), 0),
    elementsCase(random([2, 3], 6), tensor("i64", [0, 3], []), 0),
  ],
  scatterElements: [
    scatterElementsCase(random([3, 4], 51), indices([2, 4], 3, 52, "i64")),
    scatterElementsCase(random([2, 5, 3], 53), indices([2, 7, 3], 5, 54, "i32"), "add", 1),
    scatterElementsCase(
      random([2, 3, 4, 5], 55, "i32"),
      indices([1, 3, 2, 9], 5, 56, "i8"),
      "mul",
      -1,
    ),
    scatterElementsCase(random([6], 57, "bool"), tensor("u8", [3], [5, 0, 5]), "none", 0),
    scatterElementsCase(random([2, 6], 58, "i64"), indices([2, 6], 6, 59, "i64"), "max", 1),
    scatterElementsCase(random([7, 2], 60, "u8"), indices([9, 1], 7, 61, "i64"), "min"),
    outOfRange(scatterElementsCase(random([4], 62), tensor("i64", [4], [99, -99, 4, -1]))),
  ],
  scatterND: [
    scatterPointsCase(random([3, 4], 63), tensor("i64", [2, 2], [0, 0, 1, -1])),
    scatterPointsCase(random([3, 4, 5], 64, "i32"), indices([2, 3, 1], 3, 65, "i32"), "add"),
    scatterPointsCase(random([3, 4, 5], 66), indices([7, 3], 3, 67, "i64"), "mul"),
    scatterPointsCase(random([3, 2, 9], 68), indices([6, 2], 2, 69, "i64"), "max"),
    scatterPointsCase(random([5, 8], 70, "u8"), indices([6, 1], 5, 71, "i64"), "min"),
    scatterPointsCase(random([5, 8], 72, "bool"), indices([1], 5, 73, "i64")),
    outOfRange(scatterPointsCase(random([3, 4], 74), tensor("i64", [3, 1], [3, -4, -1]))),
  ],
  topKIndices: [true, false].flatMap((largest) => [
    topKCase(random([3, 4, 5], 21), 3, 1, largest),
    topKCase(random([3, 7], 22), 7, -1, largest),
    topKCase(random([2, 3, 2, 9], 23, "i32"), 4, 3, largest),
    topKCase(random([40], 24, "u8"), 1, 0, largest),
    topKCase(ties, 9, 0, largest),
    topKCase(special, 7, 0, largest),
    topKCase(ties, 3, 0, largest),
    topKCase(special, 3, 0, largest),
    topKCase(random([2, 61], 25, "i8"), 61, 1, largest),
    topKCase(tensor("i32", [4], [2 ** 31 - 1, -(2 ** 31), 0, -(2 ** 31)]), 4, 0, largest),
    topKCase(tensor("i32", [40], Array(40).fill(-(2 ** 31))), 4, 0, largest),
    topKCase(tensor("f32", [1], [3]), 1, 0, largest),
    topKCase(random([90], 26, "i8"), 70, 0, largest),
    topKCase(random([500], 27, "i8"), 500, 0, largest),
  ]),
  cumSum: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      cumSumCase(random([7], 31), 0, exclusive, reverse),
      cumSumCase(random([3, 5], 32), -1, exclusive, reverse),
      cumSumCase(random([2, 9, 3], 33, "i32"), 1, exclusive, reverse),
      cumSumCase(random([2, 3, 8, 2], 34), 2, exclusive, reverse),
      cumSumCase(random([2, 1], 35), 1, exclusive, reverse),
      cumSumCase(random([2, 2], 36, "i64"), 0, exclusive, reverse),
    ]),
  ),
  gatherND: [
    pointsCase(random([2, 2], 7), tensor("i64", [2, 2], [0, 0, 1, -1])),
    pointsCase(random([3, 4, 5], 8, "i32"), indices([2, 3, 1], 3, 9, "i32")),
    pointsCase(random([3, 4, 5], 10), indices([7, 3], 3, 11, "i64")),
    pointsCase(random([2, 3, 4, 5], 12), indices([2, 3, 2], 3, 13, "i64"), 1),
    pointsCase(random([2, 3, 4, 2, 3], 14, "u8"), indices([2, 3, 2, 1], 4, 15, "i64"), 2),
    outOfRange(pointsCase(random([3, 4], 16), tensor("i64", [1, 2], [7, -9]))),
    pointsCase(random([5], 16), tensor("i64", [1], [-2])),
  ],
};
