/** Convolution, transposed convolution and linear layers with PyTorch's arguments and defaults. */
import { fail } from "../../base/error.js";
import type { Operand } from "../../graph/definition.js";
import { layer, join, type Layer } from "./layer.js";
import {
  checkOptions,
  optionalPerDim,
  padsOf,
  perDim,
  type OptionTable,
  type Padding,
  type PerDim,
} from "./options.js";
import type { Moments } from "./moments.js";
import { momentsFor, parameter, record, type Value } from "./value.js";

export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

export interface ConvOptions<In extends number, Out extends number> {
  readonly inChannels: In;
  readonly outChannels: Out;
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  readonly padding?: Padding;
  readonly dilation?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: PaddingMode;
}

const CONV_OPTIONS: OptionTable<ConvOptions<number, number>> = {
  inChannels: "required",
  outChannels: "required",
  kernelSize: "required",
  stride: "optional",
  padding: "optional",
  dilation: "optional",
  groups: "optional",
  bias: "optional",
  paddingMode: "optional",
};

/** x[n, in, length] => [n, out, length'] */
export function conv1d<const In extends number, const Out extends number>(
  options: ConvOptions<In, Out>,
): Layer<In, Out> {
  return conv(1, options);
}

/** x[n, in, h, w] => [n, out, h', w'] */
export function conv2d<const In extends number, const Out extends number>(
  options: ConvOptions<In, Out>,
): Layer<In, Out> {
  return conv(2, options);
}

/** x[n, in, d, h, w] => [n, out, d', h', w'] */
export function conv3d<const In extends number, const Out extends number>(
  options: ConvOptions<In, Out>,
): Layer<In, Out> {
  return conv(3, options);
}

function conv<In extends number, Out extends number>(
  rank: number,
  options: ConvOptions<In, Out>,
): Layer<In, Out> {
  return layer((path) => (x) => {
    checkOptions(options, CONV_OPTIONS);
    const { inChannels, outChannels, groups = 1, bias = true, paddingMode = "zeros" } = options;
    const kernel = perDim(options.kernelSize, rank, "kernelSize");
    checkGroups(inChannels, outChannels, groups);
    const dims = [outChannels, inChannels / groups, ...kernel];
    const fanIn = dims.slice(1).reduce((a, b) => a * b, 1);
    return record(
      x,
      "conv",
      withParameters(x, path, dims, outChannels, fanIn, bias, true),
      {
        strides: optionalPerDim(options.stride, rank, "stride"),
        pads: padsOf(options.padding, rank),
        dilations: optionalPerDim(options.dilation, rank, "dilation"),
        groups: groups === 1 ? undefined : groups,
        padMode: paddingMode === "zeros" ? undefined : paddingMode,
      },
      path,
    );
  });
}

/** x, its weight, and its bias where it has one; `sumless` where the weight's filters lie one after the other. */
function withParameters(
  x: Value,
  path: string,
  dims: readonly number[],
  outputs: number,
  fanIn: number,
  bias: boolean,
  sumless: boolean,
): (Value | Operand)[] {
  const spread = spreadFor(fanIn, momentsFor(x, path), sumless);
  const values = sumless && fanIn >= SMALLEST_SUMLESS ? { spread, sumless: fanIn } : { spread };
  const weight = parameter(x, join(path, "weight"), dims, { center: 0, ...values });
  if (!bias) return [x, weight];
  const shift = { center: 0, spread: BIAS_SPREAD };
  return [x, weight, parameter(x, join(path, "bias"), [outputs], shift)];
}

export interface ConvTransposeOptions<In extends number, Out extends number> {
  readonly inChannels: In;
  readonly outChannels: Out;
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  readonly padding?: PerDim;
  readonly outputPadding?: PerDim;
  readonly dilation?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
}

const CONV_TRANSPOSE_OPTIONS: OptionTable<ConvTransposeOptions<number, number>> = {
  inChannels: "required",
  outChannels: "required",
  kernelSize: "required",
  stride: "optional",
  padding: "optional",
  outputPadding: "optional",
  dilation: "optional",
  groups: "optional",
  bias: "optional",
};

export function convTranspose1d<const In extends number, const Out extends number>(
  options: ConvTransposeOptions<In, Out>,
): Layer<In, Out> {
  return convTranspose(1, options);
}

export function convTranspose2d<const In extends number, const Out extends number>(
  options: ConvTransposeOptions<In, Out>,
): Layer<In, Out> {
  return convTranspose(2, options);
}

export function convTranspose3d<const In extends number, const Out extends number>(
  options: ConvTransposeOptions<In, Out>,
): Layer<In, Out> {
  return convTranspose(3, options);
}

function convTranspose<In extends number, Out extends number>(
  rank: number,
  options: ConvTransposeOptions<In, Out>,
): Layer<In, Out> {
  return layer((path) => (x) => {
    checkOptions(options, CONV_TRANSPOSE_OPTIONS);
    const { inChannels, outChannels, groups = 1, bias = true } = options;
    const kernel = perDim(options.kernelSize, rank, "kernelSize");
    checkGroups(inChannels, outChannels, groups);
    const dims = [inChannels, outChannels / groups, ...kernel];
    const strides = optionalPerDim(options.stride, rank, "stride");
    const taps = kernel.reduce((a, b) => a * b, 1) / (strides ?? []).reduce((a, b) => a * b, 1);
    const fanIn = (inChannels / groups) * Math.max(1, taps);
    return record(
      x,
      "convTranspose",
      withParameters(x, path, dims, outChannels, fanIn, bias, false),
      {
        strides,
        pads: padsOf(options.padding, rank),
        outputPads: optionalPerDim(options.outputPadding, rank, "outputPadding"),
        dilations: optionalPerDim(options.dilation, rank, "dilation"),
        groups: groups === 1 ? undefined : groups,
      },
      path,
    );
  });
}

export interface LinearOptions<In extends number, Out extends number> {
  readonly inFeatures: In;
  readonly outFeatures: Out;
  readonly bias?: boolean;
}

const LINEAR_OPTIONS: OptionTable<LinearOptions<number, number>> = {
  inFeatures: "required",
  outFeatures: "required",
  bias: "optional",
};

/** x[…, in] => […, out] over the last dimension. */
export function linear<const In extends number, const Out extends number>(
  options: LinearOptions<In, Out>,
): Layer<In, Out> {
  return layer((path) => (x) => {
    checkOptions(options, LINEAR_OPTIONS);
    const { inFeatures, outFeatures, bias = true } = options;
    const dims = [outFeatures, inFeatures];
    const inputs = withParameters(x, path, dims, outFeatures, inFeatures, bias, true);
    return record(x, "matmul", inputs, { axis: -1 }, path);
  });
}

/** Biases are small beside the signal, and not zero, so that a lost bias shows. */
const BIAS_SPREAD = 0.1;

/** Filters of fewer values keep their sums: with them they would lose too much. */
const SMALLEST_SUMLESS = 4;

/**
 * Half the width of the uniform distribution of weights that makes the output's variance 1: 1 / (fan-in ·
 * E[x²]) is He's 2 / fan-in after a ReLU; with a sum of 0 the mean of x does not count.
 */
function spreadFor(fanIn: number, { mean, variance }: Moments, sumless: boolean): number {
  const centered = sumless && fanIn >= SMALLEST_SUMLESS;
  const power = centered ? variance * (1 - 1 / fanIn) : variance + mean * mean;
  return Math.sqrt(3 / (fanIn * Math.max(power, LEAST_POWER)));
}

/** What hardly varies is not blown up to variance 1. */
const LEAST_POWER = 1 / 64;

function checkGroups(inChannels: number, outChannels: number, groups: number): void {
  if (
    Number.isInteger(groups) &&
    groups > 0 &&
    inChannels % groups === 0 &&
    outChannels % groups === 0
  )
    return;
  fail(
    "bad-attribute",
    `groups ${groups} does not divide ${inChannels} input and ${outChannels} output channels`,
  );
}
