/** Cases of the ops that combine many elements into one: products of matrices, reductions, softmax, arg-max. */
import { tensor, type DType, type Tensor } from "../../../compiler/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

function linearCase(dims: number[], axis: number, out: number, hasBias: boolean): OpCase {
  const at_ = axis < 0 ? axis + dims.length : axis;
  const a = random(dims, 61);
  const b = random([out, dims[at_]!], 62);
  const bias = hasBias ? random([out], 63) : undefined;
  const expected = build(
    "f32",
    dims.map((dim, i) => (i === at_ ? out : dim)),
    (index) => {
      let sum = bias === undefined ? 0 : at(bias, [index[at_]!]);
      for (let k = 0; k < dims[at_]!; k++)
        sum += at(a, index.with(at_, k)) * at(b, [index[at_]!, k]);
      return sum;
    },
  );
  return {
    title: `[${dims.join(",")}] along ${axis} to ${out}${hasBias ? " with bias" : ""}`,
    inputs: [a, b, bias],
    attributes: { axis },
    expected,
  };
}

/** `product` lists, per output index, the indices of a's and b's factors for each k. */
function productCase(
  a: Tensor,
  b: Tensor,
  dims: number[],
  factors: (index: readonly number[], k: number) => readonly [number[], number[]],
): OpCase {
  const expected = build("f32", dims, (index) => {
    let sum = 0;
    for (let k = 0; k < a.type.dims.at(-1)!; k++) {
      const [left, right] = factors(index, k);
      sum += at(a, left) * at(b, right);
    }
    return sum;
  });
  const title = `[${a.type.dims.join(",")}] times [${b.type.dims.join(",")}]`;
  return { title, inputs: [a, b], expected };
}

const matmul: readonly OpCase[] = [
  linearCase([3, 5], -1, 4, true),
  linearCase([3, 5], 1, 4, false),
  linearCase([2, 5, 3, 4], 1, 7, true),
  linearCase([2, 3, 5], -1, 2, true),
  linearCase([5], 0, 3, true),
  linearCase([2, 1, 2, 2, 2, 5], 5, 3, false),
  productCase(random([3, 5], 1), random([5, 4], 2), [3, 4], ([m, j], k) => [
    [m!, k],
    [k, j!],
  ]),
  productCase(random([5], 1), random([5, 4], 2), [4], ([j], k) => [[k], [k, j!]]),
  productCase(random([3, 5], 1), random([5], 2), [3], ([m], k) => [[m!, k], [k]]),
  productCase(random([5], 1), random([5], 2), [], (_, k) => [[k], [k]]),
  productCase(random([2, 3, 5], 1), random([2, 5, 4], 2), [2, 3, 4], ([n, m, j], k) => [
    [n!, m!, k],
    [n!, k, j!],
  ]),
  productCase(random([2, 1, 3, 5], 1), random([4, 5, 2], 2), [2, 4, 3, 2], ([p, q, m, j], k) => [
    [p!, 0, m!, k],
    [q!, k, j!],
  ]),
  productCase(random([2, 3, 5], 1), random([5], 2), [2, 3], ([n, m], k) => [[n!, m!, k], [k]]),
  productCase(random([5], 1), random([2, 5, 3], 2), [2, 3], ([n, j], k) => [[k], [n!, k, j!]]),
];

/** The elements of x that an index of the reduced tensor (kept dims) stands for. */
function reducedElements(x: Tensor, axes: readonly number[], kept: readonly number[]): number[] {
  const inner = indicesIn(axes.map((axis) => x.type.dims[axis]!));
  return inner.map((one) =>
    at(
      x,
      kept.map((i, d) => (axes.includes(d) ? one[axes.indexOf(d)]! : i)),
    ),
  );
}

function reductionCases(
  combine: (values: number[]) => number,
  dtypes: readonly DType[],
  integer = combine,
): OpCase[] {
  const shapes: readonly { dims: number[]; axes?: number[]; keepDims?: boolean }[] = [
    { dims: [2, 3, 4, 5], axes: [2, 3] },
    { dims: [2, 3, 4, 5], axes: [-1], keepDims: false },
    { dims: [2, 3, 4], axes: [2, 0], keepDims: false },
    { dims: [2, 3, 4] },
    { dims: [7], keepDims: false },
    { dims: [], keepDims: false },
    { dims: [2, 3], axes: [] },
    { dims: [2, 2, 1, 2, 2, 3], axes: [1, 4] },
  ];
  return dtypes.flatMap((dtype) =>
    shapes.map(({ dims, axes: given, keepDims }): OpCase => {
      const x = random(dims, 71, dtype);
      const axes = (given ?? [...dims.keys()]).map((axis) =>
        axis < 0 ? axis + dims.length : axis,
      );
      const kept = dims.map((dim, d) => (axes.includes(d) ? 1 : dim));
      const values = build(dtype, kept, (index) =>
        (dtype === "f32" ? combine : integer)(reducedElements(x, axes, index)),
      );
      const outDims = keepDims === false ? kept.filter((_, d) => !axes.includes(d)) : kept;
      return {
        title: `${dtype}[${dims.join(",")}] over ${given === undefined ? "all" : `[${given.join(",")}]`}`,
        inputs: [x],
        attributes: {
          ...(given === undefined ? {} : { axes: given }),
          ...(keepDims === undefined ? {} : { keepDims }),
        },
        expected: { type: { dtype, dims: outDims }, data: values.data },
      };
    }),
  );
}

/** One vector with specials among ordinary values, reduced to a scalar. */
function specialCase(values: readonly number[], expected: number): OpCase {
  return {
    title: `of ${values.join(" ")}`,
    inputs: [tensor("f32", [values.length], values)],
    attributes: { keepDims: false },
    expected: tensor("f32", [], [expected]),
  };
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);

/** The product of integers, wrapped to 32 bits. */
function wrappedProduct(values: number[]): number {
  return Number(
    BigInt.asIntN(
      32,
      values.map(BigInt).reduce((a, b) => a * b, 1n),
    ),
  );
}

function softmaxCases(map: (x: number, row: number[]) => number): OpCase[] {
  const shapes = [
    { dims: [3, 5], axis: -1 },
    { dims: [3, 5], axis: undefined },
    { dims: [2, 4, 3, 5], axis: 1 },
    { dims: [7], axis: 0 },
    { dims: [2, 1, 3], axis: 1 },
  ];
  const random_ = shapes.map(({ dims, axis }): OpCase => {
    const x = random(dims, 81);
    return softmaxCase(x, axis, map);
  });
  const rows = [
    [1000, 1001, 999, -1000],
    [NaN, 1, 2, 3],
    [Infinity, 1, 2, 3],
    [-Infinity, 1, 2, 3],
    [-Infinity, -Infinity, -Infinity, -Infinity],
    [3e38, -3e38, 0, -0],
  ];
  return [...random_, softmaxCase(tensor("f32", [rows.length, 4], rows.flat()), undefined, map)];
}

function softmaxCase(
  x: Tensor,
  axis: number | undefined,
  map: (x: number, row: number[]) => number,
): OpCase {
  const { dims } = x.type;
  const along = axis === undefined || axis < 0 ? dims.length + (axis ?? -1) : axis;
  const expected = build("f32", dims, (index) => {
    const row = Array.from({ length: dims[along]! }, (_, k) => at(x, index.with(along, k)));
    return map(at(x, index), row);
  });
  const title = `[${dims.join(",")}] along ${axis ?? "the last"}`;
  return { title, inputs: [x], attributes: axis === undefined ? {} : { axis }, expected };
}

/** Σ e^(other − x) needs no maximum; NaN where the row holds NaN or +∞, or nothing but −∞. */
function logRatio(x: number, row: number[]): number {
  if (row.some((other) => Number.isNaN(other) || other === Infinity)) return NaN;
  if (row.every((other) => other === -Infinity)) return NaN;
  if (x === -Infinity) return -Infinity;
  const total = sum(row.map((other) => Math.exp(other - x)));
  if (total < Infinity) return 0 - Math.log(total);
  const top = Math.max(...row);
  return x - top - Math.log(sum(row.map((other) => Math.exp(other - top))));
}

function argCases(wins: (a: number, b: number) => boolean): OpCase[] {
  const ties = [3, 1, 3, 1, 2, 3, 1];
  const vectors: readonly number[][] = [
    ties,
    [1, NaN, 5, NaN, -5],
    [Infinity, -Infinity, Infinity, -Infinity],
    [0, -0],
  ];
  const rows = vectors.map((values) => tensor("f32", [values.length], values));
  const inputs = [
    ...rows.map((x) => ({ x, axis: 0 })),
    { x: random([2, 3, 4, 5], 91, "i8"), axis: 1 },
    { x: random([4, 6], 92), axis: -1 },
    { x: random([4, 6], 93, "i32"), axis: 0 },
    { x: tensor("i32", [3], [-(2 ** 31), 2 ** 31 - 1, 0]), axis: 0 },
  ];
  return inputs.flatMap(({ x, axis }) =>
    [false, true].flatMap((selectLast) =>
      [false, true].map((keepDims) => argCase(x, axis, keepDims, selectLast, wins)),
    ),
  );
}

function argCase(
  x: Tensor,
  axis: number,
  keepDims: boolean,
  selectLast: boolean,
  wins: (a: number, b: number) => boolean,
): OpCase {
  const { dims, dtype } = x.type;
  const along = axis < 0 ? axis + dims.length : axis;
  const kept = dims.map((dim, d) => (d === along ? 1 : dim));
  const places = build("i32", kept, (index) => {
    let best = 0;
    for (let k = 1; k < dims[along]!; k++) {
      const now = at(x, index.with(along, k));
      const before = at(x, index.with(along, best));
      const better = Number.isNaN(before) ? false : Number.isNaN(now) || wins(now, before);
      const tie = now === before || (Number.isNaN(now) && Number.isNaN(before));
      if (better || (tie && selectLast)) best = k;
    }
    return best;
  });
  const outDims = keepDims ? kept : kept.filter((_, d) => d !== along);
  return {
    title: `${dtype}[${dims.join(",")}] along ${axis}${selectLast ? ", last" : ""}${keepDims ? ", kept" : ""}`,
    inputs: [x],
    attributes: { axis, keepDims, selectLast },
    expected: { type: { dtype: "i32", dims: outDims }, data: places.data },
  };
}

const ARITHMETIC: readonly DType[] = ["f32", "i32", "i64"];
const ORDERED: readonly DType[] = [...ARITHMETIC, "u8", "i8"];

export const reductionCasesByOp: Readonly<Record<string, readonly OpCase[]>> = {
  matmul,
  reduceMean: [
    ...reductionCases(
      (values) => sum(values) / values.length,
      ARITHMETIC,
      (values) => Math.trunc(sum(values) / values.length) + 0,
    ),
    specialCase([1, Infinity, 2], Infinity),
    specialCase([Infinity, -Infinity], NaN),
  ],
  reduceSum: [...reductionCases(sum, ARITHMETIC), specialCase([1, NaN, 2], NaN)],
  reduceMax: [
    ...reductionCases((values) => Math.max(...values), ORDERED),
    specialCase([1, NaN, 2], NaN),
    specialCase([-Infinity, -Infinity], -Infinity),
  ],
  reduceMin: [
    ...reductionCases((values) => Math.min(...values), ORDERED),
    specialCase([1, NaN, 2], NaN),
    specialCase([Infinity, Infinity], Infinity),
  ],
  reduceProd: [
    ...reductionCases(product, ["f32", "i32"], wrappedProduct),
    specialCase([0, Infinity], NaN),
  ],
  softmax: softmaxCases((x, row) => Math.exp(logRatio(x, row))),
  logSoftmax: softmaxCases(logRatio),
  argMax: argCases((a, b) => a > b),
  argMin: argCases((a, b) => a < b),
};
