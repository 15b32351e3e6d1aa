/**
 * Mean and variance of every value while a model is written down, so that seeded weights carry signal: each
 * weighted sum is scaled to variance 1 whatever it reads (He et al. 2015; Brock et al. 2021 with filters that
 * sum to 0), and norm statistics are those of what they normalise.
 */
import { pointwise } from "../../ops/pointwise.js";
import { tensor } from "../../base/tensor.js";
import type { Attributes } from "../../graph/definition.js";
import { evaluateOp } from "../../graph/evaluate.js";

/** Over positions and inputs, for noise of mean 0 and variance 1 as the model's input. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

export const NOISE: Moments = { mean: 0, variance: 1 };

/** Moments of an op's output; `undefined` stands for parameters and absent operands. */
export function momentsOf(
  op: string,
  inputs: readonly (Moments | undefined)[],
  attributes: Attributes,
): Moments {
  const known = inputs.filter((one) => one !== undefined);
  switch (op) {
    case "conv":
    case "convTranspose":
    case "matmul":
    case "batchNorm":
    case "layerNorm":
    case "groupNorm":
    case "instanceNorm":
      return NOISE;
    case "concat":
      return mixture(known);
    default:
      if (Object.hasOwn(pointwise, op) && known.length === inputs.length)
        return pointwiseMoments(op as keyof typeof pointwise, known, attributes);
      return known[0] ?? NOISE;
  }
}

/** As many elements of each. */
function mixture(parts: readonly Moments[]): Moments {
  const average = (pick: (one: Moments) => number): number =>
    parts.reduce((sum, one) => sum + pick(one), 0) / parts.length;
  const mean = average((one) => one.mean);
  return { mean, variance: average((one) => one.variance + (one.mean - mean) ** 2) };
}

/** Means of sixteen equally likely parts of a normal distribution, the upper half; scaled to variance 1. */
const UPPER = [0.0794, 0.2401, 0.4073, 0.5865, 0.7867, 1.0243, 1.3409, 1.99];
const QUANTILES = [...UPPER.map((z) => -z), ...UPPER];

const seen = new Map<string, Moments>();

/** Of an op on independent normal operands, by its own meaning on a grid of quantiles: a dim an operand. */
function pointwiseMoments(
  op: keyof typeof pointwise,
  inputs: readonly Moments[],
  attributes: Attributes,
): Moments {
  const key = JSON.stringify([op, inputs, attributes]);
  const before = seen.get(key);
  if (before !== undefined) return before;
  const grids = inputs.map(({ mean, variance }, axis) => {
    const dims = inputs.map((_, i) => (i === axis ? QUANTILES.length : 1));
    const deviation = Math.sqrt(variance);
    return tensor(
      "f32",
      dims,
      QUANTILES.map((z) => mean + deviation * z),
    );
  });
  const parsed = pointwise[op].attributes.safeParse(attributes);
  const moments = parsed.success ? overGrid(op, grids, parsed.data) : NOISE;
  seen.set(key, moments);
  return moments;
}

function overGrid(
  op: keyof typeof pointwise,
  grids: Parameters<typeof evaluateOp>[1],
  attributes: Readonly<Record<string, unknown>>,
): Moments {
  const dims = grids.map(() => QUANTILES.length);
  const { data } = evaluateOp(pointwise[op], grids, attributes, { dtype: "f32", dims });
  const values = Array.from(data, Number);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Number.isFinite(variance) ? { mean: rounded(mean), variance: rounded(variance) } : NOISE;
}

/** To 1/1024, so that no engine's last bits reach the weights. */
function rounded(value: number): number {
  return Math.round(value * 1024) / 1024;
}
