/** Normalisation layers with PyTorch's arguments, defaults and parameter names. */
import { layer, join, type Layer, type Same } from "./layer.js";
import { parameter, record } from "./value.js";
import type { Operand } from "../definition.js";

export interface BatchNormOptions<C extends number> {
  readonly numFeatures: C;
  readonly eps?: number;
  /** Whether it has a weight and a bias; without them they are 1 and 0. */
  readonly affine?: boolean;
}

/** Normalises channels by running statistics; the same in 1, 2 and 3 dimensions. */
function batchNorm<const C extends number>(options: BatchNormOptions<C>): Layer<C, C> {
  const { numFeatures, eps = 1e-5, affine = true } = options;
  return layer((path) => (x) => {
    const one = (name: string, center: number, spread: number): Operand =>
      parameter(x.recorder, join(path, name), [numFeatures], center, spread);
    const scale = affine ? one("weight", 1, 0.2) : one("ones", 1, 0);
    const shift = affine ? one("bias", 0, 0.2) : one("zeros", 0, 0);
    const inputs = [x, scale, shift, one("running_mean", 0, 0.1), one("running_var", 1, 0.3)];
    return record(
      x.recorder,
      "batchNorm",
      inputs,
      { epsilon: eps === 1e-5 ? undefined : eps },
      path === "" ? undefined : path,
    );
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

/** Normalises the last dims together. */
export function layerNorm(options: LayerNormOptions): Layer<number, Same> {
  const { eps = 1e-5, elementwiseAffine = true } = options;
  const shape =
    typeof options.normalizedShape === "number"
      ? [options.normalizedShape]
      : options.normalizedShape;
  return affineNorm("layerNorm", shape, elementwiseAffine, { axis: -shape.length, epsilon: eps });
}

export interface GroupNormOptions<C extends number> {
  readonly numGroups: number;
  readonly numChannels: C;
  readonly eps?: number;
  readonly affine?: boolean;
}

export function groupNorm<const C extends number>(options: GroupNormOptions<C>): Layer<C, C> {
  const { numGroups, numChannels, eps = 1e-5, affine = true } = options;
  return affineNorm("groupNorm", [numChannels], affine, { groups: numGroups, epsilon: eps });
}

/** Normalises every map by itself; without parameters unless `affine`, as in PyTorch. */
function instanceNorm<const C extends number>(options: BatchNormOptions<C>): Layer<C, C> {
  const { numFeatures, eps = 1e-5, affine = false } = options;
  return affineNorm("instanceNorm", [numFeatures], affine, { epsilon: eps });
}

export const instanceNorm1d = instanceNorm;
export const instanceNorm2d = instanceNorm;
export const instanceNorm3d = instanceNorm;

function affineNorm<In extends number, Out extends number | Same>(
  op: string,
  dims: readonly number[],
  affine: boolean,
  attributes: Parameters<typeof record>[3],
): Layer<In, Out> {
  return layer((path) => (x) => {
    const parameters = affine
      ? [
          parameter(x.recorder, join(path, "weight"), dims, 1, 0.2),
          parameter(x.recorder, join(path, "bias"), dims, 0, 0.2),
        ]
      : [];
    return record(x.recorder, op, [x, ...parameters], attributes, path === "" ? undefined : path);
  });
}

export interface LocalResponseNormOptions {
  readonly size: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

export function localResponseNorm(options: LocalResponseNormOptions): Layer<number, Same> {
  const { size, alpha, beta, k } = options;
  return layer(
    (path) => (x) =>
      record(
        x.recorder,
        "localResponseNorm",
        [x],
        { size, alpha, beta, bias: k },
        path === "" ? undefined : path,
      ),
  );
}
