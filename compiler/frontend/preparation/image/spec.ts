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
  z.union(
    [one, z.array(one).min(1).max(4).readonly()],
    "expected a number, or one for each channel",
  );

/** Of what `ImageOptions` says. */
export const IMAGE_SCHEMA = z.strictObject({
  kind: z.literal("image"),
  from: z.enum(["rgba8", "rgb8", "gray8"]).default("rgba8"),
  size: z
    .union(
      [sides, z.strictObject({ upTo: sides })],
      `expected [height, width] or { upTo: [height, width] }, each of 1 to ${MOST}`,
    )
    .optional(),
  resize: z.enum(["nearest", "bilinear", "bicubic"]).default("bilinear"),
  rule: z.enum(["pil", "torchvision", "opencv"]).default("torchvision"),
  fit: z.enum(["stretch", "crop", "letterbox"]).default("stretch"),
  shorterSide: side.optional(),
  fill: z.int().min(0).max(255).optional(),
  order: z.enum(["rgb", "bgr"]).default("rgb"),
  scale: factor.default(1 / 255),
  mean: perChannel(number).default(0),
  std: perChannel(factor).default(1),
});

/** The options of `image` with what is left out filled in. */
export type ImageSpec = z.output<typeof IMAGE_SCHEMA>;

/** What `image` is told; docs/preparation.md has the rules. */
export interface ImageOptions {
  /** The pixels that a run is given, "rgba8" by default. Alpha is ignored. */
  readonly from?: "rgba8" | "rgb8" | "gray8";
  /** [height, width] of the picture, or the largest that there will be; by default what the model takes. */
  readonly size?: readonly [number, number] | { readonly upTo: readonly [number, number] };
  /** "bilinear" by default. */
  readonly resize?: "nearest" | "bilinear" | "bicubic";
  /** Whose arithmetic resizes, "torchvision" by default. */
  readonly rule?: "pil" | "torchvision" | "opencv";
  /** How a picture of other proportions gets into the model's: "stretch" by default. */
  readonly fit?: "stretch" | "crop" | "letterbox";
  /** With `crop`: what the shorter side is resized to before; by default just enough. */
  readonly shorterSide?: number;
  /** With `letterbox`: what is around the picture, of 255; 0 by default. */
  readonly fill?: number;
  /** The order in which the model takes channels, "rgb" by default. */
  readonly order?: "rgb" | "bgr";
  /** The model gets (value · scale − mean) / std, with a value of 0 to 255; 1/255 by default. */
  readonly scale?: number;
  /** One number, or one for each channel in the model's order; 0 by default. */
  readonly mean?: number | readonly number[];
  /** The same; 1 by default. */
  readonly std?: number | readonly number[];
}

export interface ImagePreparation extends ImageOptions {
  readonly kind: "image";
}

/**
 * A picture as an application has it, made into what a model takes: resized, cropped, its channels in order,
 * scaled. Plain data, checked when it meets an input.
 */
export function image(options: ImageOptions = {}): ImagePreparation {
  return { kind: "image", ...options };
}
