/** Pooling layers with PyTorch's arguments: the stride is the kernel unless it is given. */
import type { Attributes } from "../../graph/definition.js";
import { layer, type Layer, type Same } from "./layer.js";
import {
  checkOptions,
  optionalPerDim,
  padsOf,
  perDim,
  type OptionTable,
  type PerDim,
} from "./options.js";
import { record } from "./value.js";

export interface MaxPoolOptions {
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  readonly padding?: PerDim | readonly (readonly [number, number])[];
  readonly dilation?: PerDim;
  readonly ceilMode?: boolean;
}

export interface AvgPoolOptions {
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  readonly padding?: PerDim | readonly (readonly [number, number])[];
  readonly ceilMode?: boolean;
  /** Whether padded zeros count in the mean; true as in PyTorch. */
  readonly countIncludePad?: boolean;
}

const MAX_POOL_OPTIONS: OptionTable<MaxPoolOptions> = {
  kernelSize: "required",
  stride: "optional",
  padding: "optional",
  dilation: "optional",
  ceilMode: "optional",
};

const AVG_POOL_OPTIONS: OptionTable<AvgPoolOptions> = {
  kernelSize: "required",
  stride: "optional",
  padding: "optional",
  ceilMode: "optional",
  countIncludePad: "optional",
};

type Pool = Layer<number, Same>;

function maxPool(rank: number, options: MaxPoolOptions): Pool {
  return pool("maxPool", () => {
    checkOptions(options, MAX_POOL_OPTIONS);
    return {
      kernel: perDim(options.kernelSize, rank, "kernelSize"),
      strides: perDim(options.stride ?? options.kernelSize, rank, "stride"),
      pads: padsOf(options.padding, rank),
      dilations: optionalPerDim(options.dilation, rank, "dilation"),
      ceilMode: options.ceilMode === true ? true : undefined,
    };
  });
}

function avgPool(rank: number, options: AvgPoolOptions): Pool {
  return pool("averagePool", () => {
    checkOptions(options, AVG_POOL_OPTIONS);
    return {
      kernel: perDim(options.kernelSize, rank, "kernelSize"),
      strides: perDim(options.stride ?? options.kernelSize, rank, "stride"),
      pads: padsOf(options.padding, rank),
      ceilMode: options.ceilMode === true ? true : undefined,
      countIncludePad: options.countIncludePad ?? true,
    };
  });
}

function pool(op: string, attributesOf: () => Attributes): Pool {
  return layer((path) => (x) => record(x, op, [x], attributesOf(), path));
}

export const maxPool1d = (options: MaxPoolOptions): Pool => maxPool(1, options);
export const maxPool2d = (options: MaxPoolOptions): Pool => maxPool(2, options);
export const maxPool3d = (options: MaxPoolOptions): Pool => maxPool(3, options);
export const avgPool1d = (options: AvgPoolOptions): Pool => avgPool(1, options);
export const avgPool2d = (options: AvgPoolOptions): Pool => avgPool(2, options);
export const avgPool3d = (options: AvgPoolOptions): Pool => avgPool(3, options);

function adaptive(op: string, rank: number, outputSize: PerDim): Pool {
  return pool(op, () => ({ outputSize: perDim(outputSize, rank, "outputSize") }));
}

export const adaptiveAvgPool1d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveAveragePool", 1, outputSize);
export const adaptiveAvgPool2d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveAveragePool", 2, outputSize);
export const adaptiveAvgPool3d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveAveragePool", 3, outputSize);
export const adaptiveMaxPool1d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveMaxPool", 1, outputSize);
export const adaptiveMaxPool2d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveMaxPool", 2, outputSize);
export const adaptiveMaxPool3d = (outputSize: PerDim): Pool =>
  adaptive("adaptiveMaxPool", 3, outputSize);
/** The mean of every map, as a map of one element. */
export const globalAvgPool = (): Pool => pool("globalAveragePool", () => ({}));
/** The maximum of every map, as a map of one element. */
export const globalMaxPool = (): Pool => pool("globalMaxPool", () => ({}));
