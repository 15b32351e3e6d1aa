/** The three small matrices of Winograd's minimal filtering, from the points at which polynomials are multiplied. */
import type { Tensor } from "../../base/tensor.js";

/** Outputs along one dimension that a tile computes at once, of windows of three. */
export type Outputs = 2 | 4;

/** Elements of a window along one dimension. */
export const TAPS = 3;

export type Matrix = readonly (readonly number[])[];

/**
 * y = output · ((weights · w) ⊙ (input · x)), for x of `outputs` + 2 elements, a window w of three, and y their
 * correlation: y[i] = Σ x[i + k] · w[k].
 */
export interface Transforms {
  /** [outputs][points] */
  readonly output: Matrix;
  /** [points][3] */
  readonly weights: Matrix;
  /** [points][outputs + 2] */
  readonly input: Matrix;
}

/**
 * Besides infinity. Rounding errors of F(4, 3) are a third of those with the usual 0, ±1, ±2, and since 2/3 · 3/2 is
 * 1, one coefficient less is multiplied with. (B. Barabasz et al., "Error analysis and improving the accuracy of
 * Winograd convolution for deep neural networks", 2020, on the choice of points.)
 */
const POINTS: Readonly<Record<Outputs, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2],
};

/** Of F(outputs, 3): Toom and Cook's algorithm, transposed (S. Winograd, "Arithmetic complexity of computations", 1980). */
export function transformsOf(outputs: Outputs): Transforms {
  const points = POINTS[outputs];
  const others = (point: number): number[] => points.filter((other) => other !== point);
  const row = (length: number, of: (power: number) => number): number[] =>
    Array.from({ length }, (_, power) => of(power));
  const last = (length: number): number[] => row(length, (i) => (i === length - 1 ? 1 : 0));
  // Where a weight's row is divided by the distances between points, or its input's row multiplied, is free.
  const distance = (point: number): number =>
    others(point).reduce((product, other) => product * (point - other), 1);
  return {
    output: row(outputs, (power) => power).map((power) => [
      ...points.map((point) => point ** power),
      power === outputs - 1 ? 1 : 0,
    ]),
    weights: [
      ...points.map((point) => row(TAPS, (power) => point ** power / distance(point) + 0)),
      last(TAPS),
    ],
    input: [...points.map((point) => [...polynomial(others(point)), 0]), polynomial(points)],
  };
}

/** Coefficients of Π (x − root), the constant one first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce(
    (coefficients, root) =>
      [0, ...coefficients].map((shifted, i) => shifted - root * (coefficients[i] ?? 0)),
    [1],
  );
}

/** A matrix as a table of a kernel. */
export function tableOf(matrix: Matrix): Tensor {
  return {
    type: { dtype: "f32", dims: [matrix.length, matrix[0]!.length] },
    data: Float32Array.from(matrix.flat()),
  };
}
