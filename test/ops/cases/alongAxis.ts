/** Cases of the ops that look along one axis: softmax, log-softmax, arg-max and arg-min. */
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { at, build, random, type OpCase } from "./opCase.js";

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

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

export const alongAxisCases: Readonly<Record<string, readonly OpCase[]>> = {
  softmax: softmaxCases((x, row) => Math.exp(logRatio(x, row))),
  logSoftmax: softmaxCases(logRatio),
  argMax: argCases((a, b) => a > b),
  argMin: argCases((a, b) => a < b),
};
