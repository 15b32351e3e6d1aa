/** Convolution, transposed convolution and linear layers with PyTorch's arguments and defaults. */
import { fail } from "../../error.js";
import { layer, join, type Layer } from "./layer.js";
import { parameter, record } from "./value.js";

/** One number for every spatial dimension, or one a dimension. */
export type PerDim = number | readonly number[];

export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

export interface ConvOptions<In extends number, Out extends number> {
  readonly inChannels: In;
  readonly outChannels: Out;
  readonly kernelSize: PerDim;
  readonly stride?: PerDim;
  /**
   * Elements on both sides of each dimension, `[[before, after], …]` for sides that differ, "valid" (none),
   * or "same" (the output is as large as the input over stride; where the total is odd the extra element
   * goes to the end, TensorFlow's SAME_UPPER; "sameLower" puts it at the start).
   */
  readonly padding?:
    PerDim | readonly (readonly [number, number])[] | "valid" | "same" | "sameLower";
  readonly dilation?: PerDim;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: PaddingMode;
}

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
  const { inChannels, outChannels, groups = 1, bias = true, paddingMode = "zeros" } = options;
  const kernel = perDim(options.kernelSize, rank, "kernelSize");
  return layer((path) => (x) => {
    checkGroups(path, inChannels, outChannels, groups);
    const dims = [outChannels, inChannels / groups, ...kernel];
    const fanIn = dims.slice(1).reduce((a, b) => a * b, 1);
    const weight = parameter(x.recorder, join(path, "weight"), dims, 0, kaiming(fanIn));
    const inputs = [
      x,
      weight,
      ...(bias ? [parameter(x.recorder, join(path, "bias"), [outChannels], 0, BIAS_SPREAD)] : []),
    ];
    return record(
      x.recorder,
      "conv",
      inputs,
      {
        strides: optionalPerDim(options.stride, rank, "stride"),
        pads: padsOf(options.padding, rank),
        dilations: optionalPerDim(options.dilation, rank, "dilation"),
        groups: groups === 1 ? undefined : groups,
        padMode: paddingMode === "zeros" ? undefined : paddingMode,
      },
      path === "" ? undefined : path,
    );
  });
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
  const { inChannels, outChannels, groups = 1, bias = true } = options;
  const kernel = perDim(options.kernelSize, rank, "kernelSize");
  return layer((path) => (x) => {
    checkGroups(path, inChannels, outChannels, groups);
    const dims = [inChannels, outChannels / groups, ...kernel];
    const strides = optionalPerDim(options.stride, rank, "stride");
    const taps = kernel.reduce((a, b) => a * b, 1) / (strides ?? []).reduce((a, b) => a * b, 1);
    const weight = parameter(
      x.recorder,
      join(path, "weight"),
      dims,
      0,
      kaiming((inChannels / groups) * Math.max(1, taps)),
    );
    const inputs = [
      x,
      weight,
      ...(bias ? [parameter(x.recorder, join(path, "bias"), [outChannels], 0, BIAS_SPREAD)] : []),
    ];
    return record(
      x.recorder,
      "convTranspose",
      inputs,
      {
        strides,
        pads: padsOf(options.padding, rank),
        outputPads: optionalPerDim(options.outputPadding, rank, "outputPadding"),
        dilations: optionalPerDim(options.dilation, rank, "dilation"),
        groups: groups === 1 ? undefined : groups,
      },
      path === "" ? undefined : path,
    );
  });
}

export interface LinearOptions<In extends number, Out extends number> {
  readonly inFeatures: In;
  readonly outFeatures: Out;
  readonly bias?: boolean;
}

/** x[…, in] => […, out] over the last dimension. */
export function linear<const In extends number, const Out extends number>(
  options: LinearOptions<In, Out>,
): Layer<In, Out> {
  const { inFeatures, outFeatures, bias = true } = options;
  return layer((path) => (x) => {
    const weight = parameter(
      x.recorder,
      join(path, "weight"),
      [outFeatures, inFeatures],
      0,
      kaiming(inFeatures),
    );
    const inputs = [
      x,
      weight,
      ...(bias ? [parameter(x.recorder, join(path, "bias"), [outFeatures], 0, BIAS_SPREAD)] : []),
    ];
    return record(x.recorder, "matmul", inputs, { axis: -1 }, path === "" ? undefined : path);
  });
}

/** Biases are small beside the signal, and not zero, so that a lost bias shows. */
const BIAS_SPREAD = 0.1;

/** Half the width of the uniform distribution with He's variance 2 / fan-in (He et al. 2015). */
function kaiming(fanIn: number): number {
  return Math.sqrt(6 / fanIn);
}

function checkGroups(path: string, inChannels: number, outChannels: number, groups: number): void {
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
    { node: path },
  );
}

/** 3 in two dimensions => [3, 3]. */
export function perDim(value: PerDim, rank: number, option: string): readonly number[] {
  if (typeof value === "number") return new Array<number>(rank).fill(value);
  if (value.length !== rank)
    fail("bad-attribute", `${option} has ${value.length} numbers for ${rank} spatial dimensions`);
  return value;
}

export function optionalPerDim(
  value: PerDim | undefined,
  rank: number,
  option: string,
): readonly number[] | undefined {
  return value === undefined ? undefined : perDim(value, rank, option);
}

/** Padding as ONNX's [begins…, ends…], or a rule by name. */
export function padsOf(
  padding: ConvOptions<number, number>["padding"],
  rank: number,
): readonly number[] | string | undefined {
  switch (padding) {
    case undefined:
      return undefined;
    case "valid":
      return "valid";
    case "same":
      return "sameUpper";
    case "sameLower":
      return "sameLower";
    default:
  }
  if (typeof padding === "number") return new Array<number>(2 * rank).fill(padding);
  if (padding.length !== rank)
    fail("bad-attribute", `padding has ${padding.length} entries for ${rank} spatial dimensions`);
  const sides = padding.map((one): readonly [number, number] =>
    typeof one === "number" ? [one, one] : one,
  );
  return [...sides.map(([before]) => before), ...sides.map(([, after]) => after)];
}
