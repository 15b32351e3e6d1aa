/** Cases of the norms, against statistics taken in f64 in one go. */
import type { Tensor } from "../../../compiler/base/tensor.js";
import { at, build, indicesIn, random, type OpCase } from "./opCase.js";

/** Means and deviations are rounded to f32 in between. */
const SLACK = 3e-6;

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const positive = (dims: readonly number[], seed: number): Tensor => {
  const x = random(dims, seed);
  return build("f32", dims, (index) => Math.abs(at(x, index)) + 0.1);
};

function batchCase(dims: readonly number[], epsilon?: number): OpCase {
  const x = random(dims, 41);
  const channels = [dims[1]!];
  const [scale, bias, mean] = [42, 43, 44].map((seed) => random(channels, seed));
  const variance = positive(channels, 45);
  const expected = build("f32", dims, (index) => {
    const c = [index[1]!];
    const deviation = Math.sqrt(at(variance, c) + (epsilon ?? 1e-5));
    return ((at(x, index) - at(mean!, c)) / deviation) * at(scale!, c) + at(bias!, c);
  });
  return {
    title: `[${dims.join(",")}] ${epsilon ?? "default"}`,
    inputs: [x, scale, bias, mean, variance],
    attributes: epsilon === undefined ? {} : { epsilon },
    expected,
    slack: SLACK,
  };
}

interface Norm {
  readonly dims: readonly number[];
  readonly attributes: Readonly<Record<string, number>>;
  /** Which elements are normalised together: those with an equal key. */
  key(index: readonly number[]): string;
  readonly parameterDims: readonly number[];
  parameter(index: readonly number[]): readonly number[];
  readonly operands: "both" | "none" | "bias";
}

function normCase(norm: Norm): OpCase {
  const { dims, attributes, operands } = norm;
  const x = random(dims, 51);
  const scale = operands === "both" ? random(norm.parameterDims, 52) : undefined;
  const bias = operands === "none" ? undefined : random(norm.parameterDims, 53);
  const groups = new Map<string, number[]>();
  for (const index of indicesIn(dims)) {
    const key = norm.key(index);
    groups.set(key, [...(groups.get(key) ?? []), at(x, index)]);
  }
  const expected = build("f32", dims, (index) => {
    const values = groups.get(norm.key(index))!;
    const mean = sum(values) / values.length;
    const variance = sum(values.map((value) => (value - mean) ** 2)) / values.length;
    const normal = (at(x, index) - mean) / Math.sqrt(variance + (attributes.epsilon ?? 1e-5));
    const where = norm.parameter(index);
    return normal * (scale ? at(scale, where) : 1) + (bias ? at(bias, where) : 0);
  });
  const title = `[${dims.join(",")}] ${JSON.stringify(attributes)} ${operands}`;
  return { title, inputs: [x, scale, bias], attributes, expected, slack: SLACK };
}

function layerCase(
  dims: readonly number[],
  attributes: { axis?: number; epsilon?: number },
  operands: Norm["operands"] = "both",
): OpCase {
  const from =
    (attributes.axis ?? -1) < 0 ? dims.length + (attributes.axis ?? -1) : attributes.axis!;
  return normCase({
    dims,
    attributes: attributes as Record<string, number>,
    key: (index) => index.slice(0, from).join(),
    parameterDims: dims.slice(from),
    parameter: (index) => index.slice(from),
    operands,
  });
}

function rootMeanSquareCase(dims: readonly number[], axis?: number, epsilon?: number): OpCase {
  const from = ((axis ?? -1) + dims.length) % dims.length;
  const x = random(dims, 55);
  const scale = random(dims.slice(from), 56);
  const within = indicesIn(dims.slice(from));
  const expected = build("f32", dims, (index) => {
    const values = within.map((rest) => at(x, [...index.slice(0, from), ...rest]));
    const norm = Math.hypot(...values, Math.sqrt((epsilon ?? 1e-5) * values.length));
    return (at(x, index) / norm) * Math.sqrt(values.length) * at(scale, index.slice(from));
  });
  return {
    title: `[${dims.join(",")}] from ${axis ?? "the last"}`,
    inputs: [x, scale],
    attributes: {
      ...(axis === undefined ? {} : { axis }),
      ...(epsilon === undefined ? {} : { epsilon }),
    },
    expected,
    slack: SLACK,
  };
}

function groupCase(
  dims: readonly number[],
  groups: number,
  attributes: Readonly<Record<string, number>>,
  operands: Norm["operands"] = "both",
): OpCase {
  return normCase({
    dims,
    attributes,
    key: ([n, c]) => `${n} ${Math.floor((c! * groups) / dims[1]!)}`,
    parameterDims: [dims[1]!],
    parameter: (index) => [index[1]!],
    operands,
  });
}

function responseCase(
  dims: readonly number[],
  attributes: Readonly<Record<string, number>>,
): OpCase {
  const x = random(dims, 61);
  const { size, alpha = 1e-4, beta = 0.75, bias = 1 } = attributes;
  const expected = build("f32", dims, (index) => {
    const near = Array.from({ length: dims[1]! }, (_, c) => c).filter((c) => {
      const distance = c - index[1]!;
      return distance >= -Math.floor((size! - 1) / 2) && distance <= Math.ceil((size! - 1) / 2);
    });
    const squares = near.map((c) => at(x, index.with(1, c)) ** 2);
    return at(x, index) / (bias + (alpha / size!) * sum(squares)) ** beta;
  });
  const title = `[${dims.join(",")}] ${JSON.stringify(attributes)}`;
  return { title, inputs: [x], attributes, expected };
}

export const normalizeCases: Readonly<Record<string, readonly OpCase[]>> = {
  batchNorm: [
    batchCase([2, 3]),
    batchCase([2, 3, 5], 0.5),
    batchCase([1, 4, 3, 5]),
    batchCase([1, 2, 3, 2, 4]),
  ],
  layerNorm: [
    layerCase([3, 5], {}),
    layerCase([2, 3, 7], { axis: -2, epsilon: 0.01 }),
    layerCase([2, 3, 2, 3], { axis: 1 }, "none"),
    layerCase([4], { axis: 0 }, "bias"),
    layerCase([2, 3, 1], {}),
  ],
  rmsNorm: [
    rootMeanSquareCase([3, 5]),
    rootMeanSquareCase([2, 3, 4, 5], -2, 0.5),
    rootMeanSquareCase([2, 3, 7], 0),
    rootMeanSquareCase([4], 0, 0),
  ],
  groupNorm: [
    groupCase([2, 6, 5], 3, { groups: 3 }),
    groupCase([2, 4, 3, 3], 1, { groups: 1, epsilon: 0.1 }, "none"),
    groupCase([1, 4, 2, 3, 2], 4, { groups: 4 }, "bias"),
    groupCase([3, 6], 2, { groups: 2 }),
    groupCase([3, 4], 4, { groups: 4 }),
  ],
  instanceNorm: [
    groupCase([2, 3, 5], 3, {}),
    groupCase([1, 2, 3, 4], 2, { epsilon: 1e-3 }, "none"),
    groupCase([1, 2, 3, 2, 2], 2, {}, "bias"),
  ],
  localResponseNorm: [
    responseCase([1, 7, 3, 2], { size: 5 }),
    responseCase([2, 6, 4], { size: 4, alpha: 0.5, beta: 0.6, bias: 2 }),
    responseCase([1, 3, 2, 2, 2], { size: 1, alpha: 1 }),
    responseCase([1, 2, 3, 3], { size: 9, alpha: 2 }),
  ],
};
