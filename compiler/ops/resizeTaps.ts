/** How large what is resized is, and where it looks: the coordinate of every output in its input, the elements around it and their weights. */

export type Coordinates =
  | "halfPixel"
  | "halfPixelSymmetric"
  | "pytorchHalfPixel"
  | "asymmetric"
  | "alignCorners"
  | "tfCropAndResize";
export type Rounding = "roundPreferFloor" | "roundPreferCeil" | "floor" | "ceil";

/** One dimension; a scale that was given may differ from output / input. */
export interface ResizeDim {
  readonly input: number;
  readonly output: number;
  readonly scale: number | undefined;
  /** The part of the input that `tfCropAndResize` shows, where 0 is the first element and 1 the last. */
  readonly region: readonly [number, number];
}

export interface ResizeRules {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly coordinates: Coordinates;
  readonly nearest: Rounding;
  readonly cubicCoeffA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** Tables over [output, count]. */
export interface Taps {
  readonly count: number;
  readonly at: Int32Array;
  readonly weight: Float32Array;
  /** For every output whether its coordinate lies outside the input, where that matters. */
  readonly outside?: Uint8Array;
}

/** f32 has a step of this much of a number, at most. */
const STEP = 2 ** -23;

/** As onnxruntime and ONNX's shape inference have it: 13 · fround(19 / 13) is 19, which in f64 is a little less. */
export function sizeOf(input: number, scale: number): number {
  return Math.floor(Math.fround(input * Math.fround(scale)));
}

/** Whether a scale is output / input, as far as f32 can say so: 1.4615384 is 19 / 13. */
export function isQuotient({ input, output, scale }: ResizeDim): boolean {
  return scale === undefined || Math.abs(output / input - scale) <= scale * STEP;
}

/** How many elements an output looks at. */
export function tapCount(dim: ResizeDim, rules: ResizeRules): number {
  const filter = filterOf(dim, rules);
  return filter === undefined ? 1 : Math.ceil(2 * filter.radius);
}

/** The taps of every output, equally many each: one for nearest, two for linear, four for cubic, more to smooth. */
export function tapsOf(dim: ResizeDim, rules: ResizeRules): Taps {
  const { input, output } = dim;
  const filter = filterOf(dim, rules);
  const count = tapCount(dim, rules);
  const at = new Int32Array(output * count);
  const weight = new Float32Array(output * count).fill(1);
  const crops = rules.coordinates === "tfCropAndResize";
  const outside = new Uint8Array(crops ? output : 0);
  for (let i = 0; i < output; i++) {
    const position = coordinate(i, dim, rules.coordinates);
    if (crops && !(position >= 0 && position <= input - 1)) outside[i] = 1;
    const first =
      filter === undefined
        ? round(position, rules.nearest)
        : Math.floor(position - filter.radius) + 1;
    for (let k = 0; k < count; k++) {
      at[i * count + k] = Math.min(input - 1, Math.max(0, first + k));
    }
    if (filter === undefined) continue;
    const weights = filterWeights(position, first, count, filter, dim, rules);
    for (let k = 0; k < count; k++) weight[i * count + k] = weights[k]!;
  }
  return { count, at, weight, ...(outside.includes(1) ? { outside } : {}) };
}

interface Filter {
  /** The weight is 0 from this distance on. */
  readonly radius: number;
  weightAt(distance: number): number;
}

/** The filter of a mode, stretched where the output is smaller and shall be smooth; none for `nearest`. */
function filterOf({ input, output, scale }: ResizeDim, rules: ResizeRules): Filter | undefined {
  const { mode, antialias, cubicCoeffA } = rules;
  if (mode === "nearest") return undefined;
  const stretch = antialias ? Math.min(1, scale ?? output / input) : 1;
  const weightAt = mode === "linear" ? triangle : (d: number): number => keys(d, cubicCoeffA);
  return {
    radius: (mode === "linear" ? 1 : 2) / stretch,
    weightAt: (distance) => weightAt(Math.abs(distance) * stretch),
  };
}

/** The weights of taps first, first + 1 …; they sum to one by themselves, or are made to. */
function filterWeights(
  position: number,
  first: number,
  count: number,
  filter: Filter,
  { input }: ResizeDim,
  { antialias, excludeOutside }: ResizeRules,
): number[] {
  const weights = Array.from({ length: count }, (_, k) => {
    const at = first + k;
    return excludeOutside && (at < 0 || at >= input) ? 0 : filter.weightAt(at - position);
  });
  if (!antialias && !excludeOutside) return weights;
  const total = weights.reduce((sum, one) => sum + one, 0);
  return total === 0 ? weights : weights.map((one) => one / total);
}

function triangle(distance: number): number {
  return Math.max(0, 1 - distance);
}

/** Cubic convolution (Keys 1981) with the free coefficient a. */
function keys(d: number, a: number): number {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/**
 * ONNX Resize, coordinate_transformation_mode. Products come before the one division, so that a coordinate
 * that is a whole or a half number is exactly that. As in ONNX's own cases, the length of the output is
 * input · scale where a scale is given, even if that is not a whole number.
 */
function coordinate(i: number, dim: ResizeDim, rule: Coordinates): number {
  const { input, output, scale, region } = dim;
  const length = scale === undefined ? output : input * scale;
  const divided = (position: number): number =>
    scale === undefined ? (position * input) / output : position / scale;
  switch (rule) {
    case "halfPixel":
      return divided(i + 0.5) - 0.5;
    case "halfPixelSymmetric":
      return (input / 2) * (1 - output / length) + divided(i + 0.5) - 0.5;
    case "pytorchHalfPixel":
      return output > 1 ? divided(i + 0.5) - 0.5 : 0;
    case "asymmetric":
      return divided(i);
    case "alignCorners":
      return length > 1 ? (i * (input - 1)) / (length - 1) : 0;
    case "tfCropAndResize": {
      const [start, end] = region;
      if (length <= 1) return 0.5 * (start + end) * (input - 1);
      return start * (input - 1) + (i * (end - start) * (input - 1)) / (length - 1);
    }
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
