/** Where resizing looks: the coordinate of every output in its input, and the elements around it. */

export type Coordinates = "halfPixel" | "pytorchHalfPixel" | "asymmetric" | "alignCorners";
export type Rounding = "roundPreferFloor" | "roundPreferCeil" | "floor" | "ceil";

/** One dimension; a scale that was given may differ from output / input. */
export interface ResizeDim {
  readonly input: number;
  readonly output: number;
  readonly scale: number | undefined;
}

export interface Tap {
  readonly at: number;
  readonly weight: number;
}

/** The taps of every output, equally many each: one for nearest, two for linear. */
export function tapsOf(
  dim: ResizeDim,
  rules: {
    readonly mode: "nearest" | "linear";
    readonly coordinates: Coordinates;
    readonly nearest: Rounding;
  },
): Tap[][] {
  const inside = (at: number): number => Math.min(dim.input - 1, Math.max(0, at));
  return Array.from({ length: dim.output }, (_, i) => {
    const at = coordinate(i, dim, rules.coordinates);
    if (rules.mode === "nearest") return [{ at: inside(round(at, rules.nearest)), weight: 1 }];
    const low = Math.floor(at);
    return [
      { at: inside(low), weight: 1 - (at - low) },
      { at: inside(low + 1), weight: at - low },
    ];
  });
}

/**
 * ONNX Resize, coordinate_transformation_mode. Products come before the one division, so that a coordinate
 * that is a whole or a half number is exactly that.
 */
function coordinate(i: number, { input, output, scale }: ResizeDim, rule: Coordinates): number {
  const divided = (position: number): number =>
    scale === undefined ? (position * input) / output : position / scale;
  switch (rule) {
    case "halfPixel":
      return divided(i + 0.5) - 0.5;
    case "pytorchHalfPixel":
      return output > 1 ? divided(i + 0.5) - 0.5 : 0;
    case "asymmetric":
      return divided(i);
    case "alignCorners":
      return output > 1 ? (i * (input - 1)) / (output - 1) : 0;
    default:
      return rule satisfies never;
  }
}

/** ONNX Resize, nearest_mode. */
function round(at: number, rule: Rounding): number {
  switch (rule) {
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    case "roundPreferFloor":
      return Math.ceil(at - 0.5);
    case "roundPreferCeil":
      return Math.floor(at + 0.5);
    default:
      return rule satisfies never;
  }
}
