/** What may be said of a picture: the options of `image`, as plain data. */
import { z } from "zod";

/** The largest side that a picture may have. */
const MOST = 2 ** 14;
const side = z.int().min(1).max(MOST);
const sides = z.tuple([side, side]).readonly();
const number = z.number().min(-1e9).max(1e9);
const factor = number.refine((value) => Math.abs(value) >= 1e-9, "expected a number that is not 0");
const perChannel = (
  one: z.ZodNumber,
): z.ZodUnion<readonly [z.ZodNumber, z.ZodReadonly<z.ZodArray<z.ZodNumber>>]> =>
  z.union([one, z.array(one).min(1).max(4).readonly()]);

export const IMAGE_SCHEMA = z.strictObject({
  kind: z.literal("image"),
  /** The pixels that a run is given; what alpha there is is ignored. */
  from: z.enum(["rgba8", "rgb8", "gray8"]).default("rgba8"),
  /** Of the picture, [height, width], or the largest that there will be; by default what the model takes. */
  size: z.union([sides, z.strictObject({ upTo: sides })]).optional(),
  resize: z.enum(["nearest", "bilinear", "bicubic"]).default("bilinear"),
  /** Whose arithmetic resizes. */
  rule: z.enum(["pil", "torchvision", "opencv"]).default("torchvision"),
  /** How a picture of other proportions gets into the model's. */
  fit: z.enum(["stretch", "crop", "letterbox"]).default("stretch"),
  /** With `crop`: what the shorter side is resized to before; by default just enough. */
  shorterSide: side.optional(),
  /** With `letterbox`: what is around the picture, of 255; 0 by default. */
  fill: z.int().min(0).max(255).optional(),
  /** The order in which the model takes channels. */
  order: z.enum(["rgb", "bgr"]).default("rgb"),
  /** value · scale, less `mean`, over `std`. */
  scale: factor.default(1 / 255),
  mean: perChannel(number).default(0),
  std: perChannel(factor).default(1),
});

/** The options of `image` with what is left out filled in. */
export type ImageSpec = z.output<typeof IMAGE_SCHEMA>;
export type ImagePreparation = z.input<typeof IMAGE_SCHEMA>;
export type ImageOptions = Omit<ImagePreparation, "kind">;

/**
 * A picture as an application has it, made into what a model takes: resized, cropped, its channels in order,
 * scaled. Plain data, checked when it meets an input.
 */
export function image(options: ImageOptions = {}): ImagePreparation {
  return { kind: "image", ...options };
}
