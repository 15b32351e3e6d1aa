/** The three small matrices of Winograd's minimal filtering, from the points at which polynomials are multiplied. */
import type { Tensor } from "../../base/tensor.js";

/** F(outputs, taps): so many neighbouring outputs of a window of so many elements, from outputs + taps − 1 products. */
export interface Filtering {
  readonly outputs: number;
  readonly taps: number;
}

export type Matrix = readonly (readonly number[])[];

/**
 * y = output · ((weights · w) ⊙ (input · x)), for x of as many elements as there are points, a window w of `taps`, and
 * y their correlation: y[i] = Σ x[i + k] · w[k].
 */
export interface Transforms {
  /** [outputs][points] */
  readonly output: Matrix;
  /** [points][taps] */
  readonly weights: Matrix;
  /** [points][points] */
  readonly input: Matrix;
}

/**
 * Besides infinity, by how many there are with it: those with the least `amplification` among simple fractions. Beside
 * the usual 0, ±1, ±2 six of them have half of it. Where they are pairs, halves of sums are computed once.
 * (B. Barabasz et al., "Error analysis and improving the accuracy of Winograd convolution for deep neural networks",
 * 2020, on the choice of points.)
 */
const POINTS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, []],
  [4, [0, 1, -1]],
  [5, [2 / 5, -2 / 5, 5 / 4, -5 / 4]],
  [6, [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2]],
  [7, [1 / 3, -1 / 3, 5 / 6, -5 / 6, 7 / 4, -7 / 4]],
  [8, [0, 1 / 2, -1 / 2, 1, -1, 2, -2]],
]);

/** Of integers all are, so that what is multiplied are integers, too, and small ones. */
const INTEGERS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, []],
  [4, [0, 1, -1]],
  [5, [0, 1, -1, 2]],
  [6, [0, 1, -1, 2, -2]],
]);

/** What is multiplied. */
export type Factors = "floats" | "integers";

const POINTS_OF = { floats: POINTS, integers: INTEGERS } as const;

/** All that a dimension of so many taps can be computed by; of one tap, one output and one product. */
export function filteringsOf(taps: number, factors: Factors = "floats"): readonly Filtering[] {
  const found = [...POINTS_OF[factors].keys()].map((points) => ({
    outputs: points - taps + 1,
    taps,
  }));
  return found.filter(({ outputs }) => (taps === 1 ? outputs === 1 : outputs > 1));
}

export function pointsOf({ outputs, taps }: Filtering): number {
  return outputs + taps - 1;
}

/**
 * Of F(outputs, taps): Toom and Cook's algorithm, transposed (S. Winograd, "Arithmetic complexity of computations",
 * 1980). Those of integers are integers, and yield y as many times as large as `scaleOf` says.
 */
export function transformsOf(filtering: Filtering, factors: Factors = "floats"): Transforms {
  const { outputs, taps } = filtering;
  const points = POINTS_OF[factors].get(pointsOf(filtering))!;
  const others = (point: number): number[] => points.filter((other) => other !== point);
  const row = (length: number, of: (power: number) => number): number[] =>
    Array.from({ length }, (_, power) => of(power));
  const last = (length: number): number[] => row(length, (i) => (i === length - 1 ? 1 : 0));
  const scale = factors === "floats" ? undefined : scaleOf(filtering);
  // Whether a weight's row is divided by the distances between points, or its input's row multiplied, is free.
  const divided = (point: number): number => (scale === undefined ? distance(point, points) : 1);
  const times = (point: number): number =>
    scale === undefined ? 1 : scale / distance(point, points);
  return {
    output: row(outputs, (power) => power).map((power) => [
      ...points.map((point) => times(point) * point ** power + 0),
      power === outputs - 1 ? (scale ?? 1) : 0,
    ]),
    weights: [
      ...points.map((point) => row(taps, (power) => point ** power / divided(point) + 0)),
      last(taps),
    ],
    input: [...points.map((point) => [...polynomial(others(point)), 0]), polynomial(points)],
  };
}

/** Of transforms of integers: the least common multiple of what weights would be divided by. */
export function scaleOf(filtering: Filtering): number {
  const points = INTEGERS.get(pointsOf(filtering))!;
  const distances = points.map((point) => Math.abs(distance(point, points)));
  const divides = (scale: number): boolean => distances.every((one) => scale % one === 0);
  let scale = Math.max(1, ...distances);
  while (!divides(scale)) scale++;
  return scale;
}

/** The product of the distances from all other points. */
function distance(point: number, points: readonly number[]): number {
  return points
    .filter((other) => other !== point)
    .reduce((product, other) => product * (point - other), 1);
}

/** Coefficients of Π (x − root), the constant one first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce(
    (coefficients, root) =>
      [0, ...coefficients].map((shifted, i) => shifted - root * (coefficients[i] ?? 0)),
    [1],
  );
}

/**
 * How much larger than those of the window itself rounding errors become, for the worst output of independent inputs
 * and weights: what products at a point are multiplied with, times the norms of what is multiplied there. Of several
 * dimensions, the product of theirs.
 */
export function amplification(filtering: Filtering): number {
  const { output, weights, input } = transformsOf(filtering);
  const squares = (row: readonly number[]): number => row.reduce((sum, x) => sum + x * x, 0);
  const products = weights.map((row, point) => squares(row) * squares(input[point]!));
  const worst = output.map((row) => row.reduce((sum, x, p) => sum + x * x * products[p]!, 0));
  return Math.sqrt(Math.max(...worst) / filtering.taps);
}

/** What the numbers that a transform is applied to may grow to, as integers: the largest sum of a row's sizes. */
export function growth(matrix: Matrix): number {
  return Math.max(...matrix.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
}

/** A matrix as a table of a kernel. */
export function tableOf(matrix: Matrix, factors: Factors): Tensor {
  const dims = [matrix.length, matrix[0]!.length];
  return factors === "floats"
    ? { type: { dtype: "f32", dims }, data: Float32Array.from(matrix.flat()) }
    : { type: { dtype: "i32", dims }, data: Int32Array.from(matrix.flat()) };
}
