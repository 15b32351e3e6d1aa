/** Normalisation layers with PyTorch's arguments, defaults and parameter names. */
import type { Attributes, Operand } from "../../graph/definition.js";
import { layer, join, type Layer, type Same } from "./layer.js";
import { checkOptions, type OptionTable } from "./options.js";
import { momentsFor, parameter, record, type Value } from "./value.js";

export interface BatchNormOptions<C extends number> {
  readonly numFeatures: C;
  readonly eps?: number;
  /** Whether it has a weight and a bias; without them they are 1 and 0. */
  readonly affine?: boolean;
}

const BATCH_NORM_OPTIONS: OptionTable<BatchNormOptions<number>> = {
  numFeatures: "required",
  eps: "optional",
  affine: "optional",
};

/** Normalises channels by running statistics; the same in 1, 2 and 3 dimensions. */
function batchNorm<const C extends number>(options: BatchNormOptions<C>): Layer<C, C> {
  return layer((path) => (x) => {
    checkOptions(options, BATCH_NORM_OPTIONS);
    const { numFeatures, eps = 1e-5, affine = true } = options;
    const one = (name: string, center: number, spread: number): Operand =>
      parameter(x, join(path, name), [numFeatures], { center, spread });
    const { mean, variance } = momentsFor(x, path);
    const scale = affine ? one("weight", 1, 0.2) : one("ones", 1, 0);
    const shift = affine ? one("bias", 0, 0.2) : one("zeros", 0, 0);
    const inputs = [
      x,
      scale,
      shift,
      one("running_mean", mean, 0.1 * Math.sqrt(variance)),
      one("running_var", variance, 0.3 * variance),
    ];
    return record(x, "batchNorm", inputs, { epsilon: eps === 1e-5 ? undefined : eps }, path);
  });
}

export const batchNorm1d = batchNorm;
export const batchNorm2d = batchNorm;
export const batchNorm3d = batchNorm;

export interface LayerNormOptions {
  readonly normalizedShape: number | readonly number[];
  readonly eps?: number;
  readonly elementwiseAffine?: boolean;
}

const LAYER_NORM_OPTIONS: OptionTable<LayerNormOptions> = {
  normalizedShape: "required",
  eps: "optional",
  elementwiseAffine: "optional",
};

/** Normalises the last dims together. */
export function layerNorm(options: LayerNormOptions): Layer<number, Same> {
  return layer((path) => (x) => {
    checkOptions(options, LAYER_NORM_OPTIONS);
    const { normalizedShape, eps = 1e-5, elementwiseAffine = true } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    const attributes = { axis: -shape.length, epsilon: eps };
    return affineNorm("layerNorm", x, path, shape, elementwiseAffine, attributes);
  });
}

/** torch.nn.RMSNorm: divides by the root of the mean square of the last dims. */
export function rmsNorm(options: LayerNormOptions): Layer<number, Same> {
  return layer((path) => (x) => {
    checkOptions(options, LAYER_NORM_OPTIONS);
    const { normalizedShape, eps = 2 ** -23, elementwiseAffine = true } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    const attributes = { axis: -shape.length, epsilon: eps };
    const weight = (): Operand =>
      parameter(x, join(path, "weight"), shape, { center: 1, spread: 0.2 });
    return record(x, "rmsNorm", elementwiseAffine ? [x, weight()] : [x], attributes, path);
  });
}

export interface GroupNormOptions<C extends number> {
  readonly numGroups: number;
  readonly numChannels: C;
  readonly eps?: number;
  readonly affine?: boolean;
}

const GROUP_NORM_OPTIONS: OptionTable<GroupNormOptions<number>> = {
  numGroups: "required",
  numChannels: "required",
  eps: "optional",
  affine: "optional",
};

export function groupNorm<const C extends number>(options: GroupNormOptions<C>): Layer<C, C> {
  return layer((path) => (x) => {
    checkOptions(options, GROUP_NORM_OPTIONS);
    const { numGroups, numChannels, eps = 1e-5, affine = true } = options;
    const attributes = { groups: numGroups, epsilon: eps };
    return affineNorm("groupNorm", x, path, [numChannels], affine, attributes);
  });
}

/** Normalises every map by itself; without parameters unless `affine`, as in PyTorch. */
function instanceNorm<const C extends number>(options: BatchNormOptions<C>): Layer<C, C> {
  return layer((path) => (x) => {
    checkOptions(options, BATCH_NORM_OPTIONS);
    const { numFeatures, eps = 1e-5, affine = false } = options;
    return affineNorm("instanceNorm", x, path, [numFeatures], affine, { epsilon: eps });
  });
}

export const instanceNorm1d = instanceNorm;
export const instanceNorm2d = instanceNorm;
export const instanceNorm3d = instanceNorm;

function affineNorm(
  op: string,
  x: Value,
  path: string,
  dims: readonly number[],
  affine: boolean,
  attributes: Attributes,
): Value {
  const one = (name: string, center: number): Operand =>
    parameter(x, join(path, name), dims, { center, spread: 0.2 });
  return record(x, op, affine ? [x, one("weight", 1), one("bias", 0)] : [x], attributes, path);
}

export interface LocalResponseNormOptions {
  readonly size: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

const LOCAL_RESPONSE_NORM_OPTIONS: OptionTable<LocalResponseNormOptions> = {
  size: "required",
  alpha: "optional",
  beta: "optional",
  k: "optional",
};

export function localResponseNorm(options: LocalResponseNormOptions): Layer<number, Same> {
  return layer((path) => (x) => {
    checkOptions(options, LOCAL_RESPONSE_NORM_OPTIONS);
    const { size, alpha, beta, k } = options;
    return record(x, "localResponseNorm", [x], { size, alpha, beta, bias: k }, path);
  });
}
