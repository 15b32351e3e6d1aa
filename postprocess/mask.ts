/** Segmentation: the class of every pixel, and pictures of it. */
import { checkInteger, checkLength, checkNumber, countRows } from "./checks.js";

export interface MaskOptions {
  /** How many classes each pixel has a score of: at most 256. */
  readonly classes: number;
  /**
   * `chw` by default: all scores of a class lie together, as models of PyTorch and ONNX yield [classes, height,
   * width]; `hwc`: all scores of a pixel.
   */
  readonly layout?: "chw" | "hwc" | undefined;
}

/**
 * The class with the greatest score at every pixel, row by row; of equal ones the first. A NaN never is the
 * greatest. Throws a RangeError where the scores do not come out even.
 */
export function argMaxMask(
  scores: ArrayLike<number>,
  { classes, layout = "chw" }: MaskOptions,
): Uint8Array {
  checkInteger("classes", classes, 1, 256);
  const pixels = countRows("scores", scores.length, classes);
  const [pixelStep, classStep] = layout === "chw" ? [1, pixels] : [classes, 1];
  const mask = new Uint8Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let greatest = -Infinity;
    for (let c = 0; c < classes; c++) {
      const score = scores[pixel * pixelStep + c * classStep]!;
      if (!(score > greatest)) continue;
      greatest = score;
      mask[pixel] = c;
    }
  }
  return mask;
}

/** Red, green, blue in 0 … 255, and how opaque (255 by default, 0 for a class that is not shown). */
export type Colour =
  | readonly [red: number, green: number, blue: number]
  | readonly [red: number, green: number, blue: number, alpha: number];

/**
 * A mask as pixels for `new ImageData(…, width, height)`: class c has the colour palette[c]. Throws a RangeError
 * where the mask has a class beyond the palette, or a colour is none.
 */
export function colourMask(
  mask: ArrayLike<number>,
  palette: readonly Colour[],
): Uint8ClampedArray<ArrayBuffer> {
  palette.forEach((colour, c) => {
    checkInteger(`the number of components of palette[${c}]`, colour.length, 3, 4);
    colour.forEach((component) => checkNumber(`a component of palette[${c}]`, component, 0, 255));
  });
  const pixels = new Uint8ClampedArray(mask.length * 4);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const colour = palette[mask[pixel]!];
    if (colour === undefined)
      throw new RangeError(`class ${mask[pixel]} is not in the palette of ${palette.length}`);
    pixels.set(colour, pixel * 4);
    if (colour.length === 3) pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}

/**
 * A mask in another size: each pixel is that of the nearest in the mask (floor(x · width / newWidth), OpenCV's
 * INTER_NEAREST). Throws a RangeError where a size does not fit.
 */
export function resizeMask(
  mask: ArrayLike<number>,
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): Uint8Array {
  checkLength("mask", mask.length, [from.height, from.width]);
  checkInteger("width", to.width, 1);
  checkInteger("height", to.height, 1);
  const result = new Uint8Array(to.width * to.height);
  for (let y = 0; y < to.height; y++) {
    const row = Math.floor((y * from.height) / to.height) * from.width;
    for (let x = 0; x < to.width; x++)
      result[y * to.width + x] = mask[row + Math.floor((x * from.width) / to.width)]!;
  }
  return result;
}
