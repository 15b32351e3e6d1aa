/** Cases of the ops that sum over axes: products of matrices and reductions. */
import { tensor, type DType, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

function linearCase(
  dims: number[],
  axis: number,
  out: number,
  hasBias: boolean,
  dtype: DType = "f32",
): OpCase {
  const at_ = axis < 0 ? axis + dims.length : axis;
  const a = random(dims, 61, dtype);
  const b = random([out, dims[at_]!], 62, dtype);
  const bias = hasBias ? random([out], 63, dtype) : undefined;
  const expected = build(
    dtype,
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
  const expected = build(a.type.dtype, dims, (index) => {
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
  linearCase([3, 5], -1, 4, true, "i32"),
  productCase(random([2, 3, 5], 1, "i32"), random([5, 4], 2, "i32"), [2, 3, 4], ([n, m, j], k) => [
    [n!, m!, k],
    [k, j!],
  ]),
  {
    title: "wraps",
    inputs: [tensor("i32", [2], [65537, -1]), tensor("i32", [2], [65537, -(2 ** 31)])],
    expected: tensor("i32", [], [131073 - 2 ** 31]),
  },
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

const ARITHMETIC: readonly DType[] = ["f32", "i32", "i64"];
const ORDERED: readonly DType[] = [...ARITHMETIC, "u8", "i8"];

export const reduceCases: Readonly<Record<string, readonly OpCase[]>> = {
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
  reduceL1: [
    ...reductionCases((values) => sum(values.map(Math.abs)), ARITHMETIC),
    specialCase([-Infinity, 1], Infinity),
    specialCase([NaN, 1], NaN),
  ],
  reduceL2: [
    ...reductionCases((values) => Math.hypot(...values), ["f32"]),
    specialCase([3, -4], 5),
    specialCase([-Infinity, 1], Infinity),
  ],
  reduceSumSquare: [
    ...reductionCases(
      (values) => Math.hypot(...values) ** 2,
      ARITHMETIC,
      (values) => sum(values.map((value) => value ** 2)),
    ),
    specialCase([-3, 4], 25),
  ],
  reduceLogSum: [
    ...reductionCases((values) => Math.LN2 * Math.log2(sum(values)), ["f32"]),
    specialCase([0, -0], -Infinity),
    specialCase([1, -2], NaN),
  ],
  reduceLogSumExp: [
    ...reductionCases((values) => Math.log(sum(values.map(Math.exp))), ["f32"]),
    specialCase([1000, 1000], 1000 + Math.LN2),
    specialCase([-1000, -1001], -1000 + Math.log(1 + Math.exp(-1))),
    specialCase([-Infinity, -Infinity], -Infinity),
    specialCase([-Infinity, 2], 2),
    specialCase([3, Infinity], Infinity),
    specialCase([3, NaN], NaN),
  ],
};
