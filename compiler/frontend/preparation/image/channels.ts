/** Records the nodes before and after resizing: which channels there are, in which order, and what they become. */
import { tensor, type DType } from "../../../base/tensor.js";
import { floor } from "../../builder/activation.js";
import { add, cast, mul } from "../../builder/arithmetic.js";
import { expand, permute, slice, unsqueeze } from "../../builder/movement.js";
import { constant, record, type Value } from "../../builder/value.js";
import type { ImageSpec } from "./spec.js";

/** Channels of the pixels that a run is given. */
export const PIXEL_CHANNELS = { rgba8: 4, rgb8: 3, gray8: 1 } as const;

/** How each library weighs red, green and blue: PIL's L24, OpenCV's RGB2Gray, torchvision's rgb_to_grayscale. */
const GRAY = {
  pil: { weights: [19595, 38470, 7471], shift: 16 },
  opencv: { weights: [9798, 19235, 3735], shift: 15 },
  torchvision: { weights: [0.2989, 0.587, 0.114], shift: 0 },
} as const;

/** Pixels u8[height, width, channels] as `model` channels in the model's order; alpha is left out. */
export function selectChannels(
  pixels: Value,
  { from, order, rule }: Pick<ImageSpec, "from" | "order" | "rule">,
  model: number,
): Value {
  if (from === "gray8") return pixels;
  if (model === 1) return grayOf(pixels, rule);
  const channels = PIXEL_CHANNELS[from];
  if (order === "bgr") {
    return slice(pixels, { starts: [2], ends: [-channels - 1], axes: [2], steps: [-1] });
  }
  return channels === 3 ? pixels : slice(pixels, { starts: [0], ends: [3], axes: [2] });
}

function grayOf(pixels: Value, rule: ImageSpec["rule"]): Value {
  const { weights, shift } = GRAY[rule];
  const dtype = shift === 0 ? "f32" : "i32";
  const at = constant(pixels, tensor("i32", [1, 3], [0, 1, 2]), "gray.at");
  const weight = constant(pixels, tensor(dtype, [1, 3], weights), "gray.weight");
  const gray = record(pixels, "resample", [pixels, at, weight], { axis: 2, shift });
  return shift === 0 ? floor(gray) : gray;
}

/** How an input lies, and what it holds. */
export interface PictureType {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly channelsLast: boolean;
  readonly channels: number;
}

/** Values of 0 to 255 as the model takes them: (value · scale − mean) / std, of each channel its own. */
export function normalize(
  picture: Value,
  { scale, mean, std }: Pick<ImageSpec, "scale" | "mean" | "std">,
  { dtype, dims, channelsLast, channels }: PictureType,
): Value {
  const of = (list: number | readonly number[], c: number): number =>
    typeof list === "number" ? list : (list[c] ?? list[0]!);
  const each = (value: (c: number) => number): readonly number[] =>
    Array.from({ length: channels }, (_, c) => value(c));
  const factors = each((c) => scale / of(std, c));
  const offsets = each((c) => -of(mean, c) / of(std, c));
  const along = (name: string, values: readonly number[]): Value =>
    constant(picture, tensor("f32", [channels], values), name);
  const value = cast(picture, dtype);
  const scaled = factors.every((one) => one === 1) ? value : mul(value, along("scale", factors));
  const shifted = offsets.every((one) => one === 0)
    ? scaled
    : add(scaled, along("offset", offsets));
  // Last, so that what is above joins the kernel that resizes.
  const ordered = unsqueeze(channelsLast ? shifted : permute(shifted, [2, 0, 1]), [0]);
  return expand(ordered, dims);
}
