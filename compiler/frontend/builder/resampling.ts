/** Functions of images that make their maps larger or smaller, or look at them elsewhere. */
import { checkOptions, perDim, type PerDim } from "./options.js";
import { record, type Value } from "./value.js";

export interface InterpolateOptions {
  readonly size?: readonly number[];
  readonly scaleFactor?: PerDim;
  readonly mode?: "nearest" | "linear" | "cubic";
  readonly alignCorners?: boolean;
}

/** torch.nn.functional.interpolate: `nearest` takes floor(i / scale), `linear` is (bi-, tri-)linear. */
export function interpolate<C extends number>(
  x: Value<C>,
  spatialRank: number,
  options: InterpolateOptions,
): Value<C> {
  const { size, scaleFactor, mode = "nearest", alignCorners = false } = options;
  const coordinates =
    mode === "nearest" ? "asymmetric" : alignCorners ? "alignCorners" : "halfPixel";
  return record(x, "resize", [x], {
    sizes: size,
    scales: scaleFactor === undefined ? undefined : perDim(scaleFactor, spatialRank, "scaleFactor"),
    mode,
    coordinates,
    nearest: mode === "nearest" ? "floor" : undefined,
  });
}

/** [n, c·r², h, w] => [n, c, h·r, w·r] as torch.nn.PixelShuffle. */
export function pixelShuffle(x: Value, factor: number): Value<never> {
  return record(x, "depthToSpace", [x], { blockSize: factor, mode: "CRD" });
}

/** [n, c, h·b, w·b] => [n, c·b², h, w] as ONNX's SpaceToDepth. */
export function spaceToDepth(x: Value, blockSize: number): Value<never> {
  return record(x, "spaceToDepth", [x], { blockSize });
}

export interface GridSampleOptions {
  readonly mode?: "bilinear" | "nearest" | "bicubic";
  readonly paddingMode?: "zeros" | "border" | "reflection";
  readonly alignCorners?: boolean;
}

const GRID_MODES = { bilinear: "linear", nearest: "nearest", bicubic: "cubic" } as const;

/** torch.nn.functional.grid_sample: x looked at where a grid of (x, y) or (x, y, z) in [−1, 1] says. */
export function gridSample<C extends number>(
  x: Value<C>,
  grid: Value,
  options: GridSampleOptions = {},
): Value<C> {
  checkOptions(options, { mode: "optional", paddingMode: "optional", alignCorners: "optional" });
  const { mode = "bilinear", paddingMode, alignCorners } = options;
  const attributes = { mode: GRID_MODES[mode], padding: paddingMode, alignCorners };
  return record(x, "gridSample", [x, grid], attributes);
}
