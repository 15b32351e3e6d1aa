/** Cases of resizing, against the definitions in ONNX's documents. */
import { at, build, indicesIn, type OpCase, random } from "./opCase.js";

interface ResizeGiven {
  readonly axes?: readonly number[];
  readonly sizes?: readonly number[];
  readonly scales?: readonly number[];
  readonly mode?: string;
  readonly coordinates?: string;
  readonly nearest?: string;
  readonly cubicCoeffA?: number;
  readonly excludeOutside?: boolean;
  readonly antialias?: boolean;
  readonly keepAspectRatioPolicy?: string;
  readonly roi?: readonly number[];
  readonly extrapolationValue?: number;
}

/** A cell of the output, [i, i + 1), has a middle; where that lies in the input says the rule. */
function position(
  i: number,
  rule: string,
  input: number,
  output: number,
  scale: number,
  [start, end]: readonly [number, number],
): number {
  const middle = (i + 0.5) / scale - 0.5;
  const last = input - 1;
  switch (rule) {
    case "asymmetric":
      return i / scale;
    case "alignCorners":
      return output === 1 ? 0 : (i * last) / (input * scale - 1);
    case "pytorchHalfPixel":
      return output === 1 ? 0 : middle;
    case "halfPixelSymmetric":
      return input / 2 - (input / 2) * (output / (input * scale)) + middle;
    case "tfCropAndResize":
      return output === 1
        ? ((start + end) / 2) * last
        : start * last + (i * (end - start) * last) / (input * scale - 1);
    default:
      return middle;
  }
}

/** Weights of all elements of a dimension for output i: of elements beyond the edges the edges have them. */
function rowWeights(where: number, input: number, scale: number, given: ResizeGiven): number[] {
  const weights = new Array<number>(input).fill(0);
  const inside = (p: number): number => Math.min(input - 1, Math.max(0, p));
  const { mode = "nearest", antialias, excludeOutside } = given;
  if (mode === "nearest") {
    weights[inside(nearestTo(where, given.nearest ?? "roundPreferFloor"))] = 1;
    return weights;
  }
  const narrow = antialias ? Math.min(1, scale) : 1;
  for (let p = Math.floor(where - 2 / narrow) - 2; p <= where + 2 / narrow + 2; p++) {
    if (excludeOutside && (p < 0 || p >= input)) continue;
    const d = Math.abs(p - where) * narrow;
    weights[inside(p)]! += mode === "linear" ? Math.max(0, 1 - d) : cubic(d, given.cubicCoeffA);
  }
  const total = weights.reduce((sum, one) => sum + one, 0);
  return antialias || excludeOutside ? weights.map((one) => one / total) : weights;
}

function nearestTo(where: number, rounding: string): number {
  const half = Math.abs(where - Math.floor(where) - 0.5) < 1e-9;
  if (rounding === "floor") return Math.floor(where);
  if (rounding === "ceil") return Math.ceil(where);
  if (!half) return Math.round(where);
  return rounding === "roundPreferCeil" ? Math.ceil(where) : Math.floor(where);
}

function cubic(d: number, a = -0.75): number {
  if (d < 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

interface ResizedRow {
  readonly size: number;
  /** For each output the weights of all inputs; nothing where it looks boundary. */
  readonly rows: readonly (readonly number[] | undefined)[];
}

function resizedRow(dims: readonly number[], d: number, given: ResizeGiven): ResizedRow {
  const dim = dims[d]!;
  const list = (given.sizes ?? given.scales)!;
  const axes = given.axes ?? dims.map((_, at) => at).slice(dims.length - list.length);
  const i = axes.findIndex((axis) => (axis + dims.length) % dims.length === d);
  if (i < 0) {
    const rows = Array.from({ length: dim }, (_, at) => one(dim, at));
    return { size: dim, rows };
  }
  const ratios = list.map((size, at) => size / dims.at(axes[at]!)!);
  const policy = given.keepAspectRatioPolicy ?? "stretch";
  const kept = policy === "notLarger" ? Math.min(...ratios) : Math.max(...ratios);
  const scale = policy === "stretch" ? (given.scales?.[i] ?? list[i]! / dim) : kept;
  const size =
    policy === "stretch" ? (given.sizes?.[i] ?? Math.floor(dim * scale)) : Math.round(dim * kept);
  const region = [given.roi?.[i] ?? 0, given.roi?.[list.length + i] ?? 1] as const;
  const rule = given.coordinates ?? "halfPixel";
  const rows = Array.from({ length: size }, (_, at) => {
    const where = position(at, rule, dim, size, scale, region);
    if (rule === "tfCropAndResize" && (where < 0 || where > dim - 1)) return undefined;
    return rowWeights(where, dim, scale, given);
  });
  return { size, rows };
}

const one = (length: number, at: number): number[] =>
  Array.from({ length }, (_, i) => (i === at ? 1 : 0));

function resizeCase(
  dims: readonly number[],
  given: ResizeGiven,
  dtype: "f32" | "i32" | "u8" = "f32",
): OpCase {
  const x = random(dims, 91, dtype);
  const resized = dims.map((_, d) => resizedRow(dims, d, given));
  const out = resized.map(({ size }) => size);
  const expected = build(dtype, out, (index) => {
    const rows = index.map((i, d) => resized[d]!.rows[i]);
    if (rows.includes(undefined)) return given.extrapolationValue ?? 0;
    return indicesIn(dims).reduce((sum, from) => {
      const weight = from.reduce((product, p, d) => product * rows[d]![p]!, 1);
      return weight === 0 ? sum : sum + weight * at(x, from);
    }, 0);
  });
  const title = `${dtype}[${dims.join(",")}] ${JSON.stringify(given)}`;
  return { title, inputs: [x], attributes: { ...given }, expected, slack: 4e-6 };
}

const CROP = { coordinates: "tfCropAndResize", extrapolationValue: 9 };
export const resizeCases: OpCase[] = [
  resizeCase([1, 2, 3, 4], { sizes: [6, 8] }),
  resizeCase([1, 2, 3, 4], { sizes: [1, 2, 3, 4] }),
  resizeCase([1, 2, 5], { scales: [2.5], mode: "linear" }),
  resizeCase([1, 2, 6, 4], { sizes: [10, 4], coordinates: "asymmetric", nearest: "floor" }),
  resizeCase([1, 2, 5, 3], { scales: [1, 1, 0.6, 1.7], mode: "linear" }),
  resizeCase([1, 1, 3, 2, 3], { sizes: [5, 3, 2], mode: "linear", coordinates: "alignCorners" }),
  ...["halfPixel", "pytorchHalfPixel", "asymmetric", "alignCorners"].flatMap((coordinates) => [
    resizeCase([1, 2, 4, 5], { sizes: [7, 1], mode: "linear", coordinates }),
    resizeCase([1, 2, 4, 5], { sizes: [7, 3], mode: "cubic", coordinates }),
    ...["roundPreferFloor", "roundPreferCeil", "floor", "ceil"].map((nearest) =>
      resizeCase([1, 2, 4, 6], { sizes: [8, 3], coordinates, nearest }),
    ),
  ]),
  resizeCase([1, 2, 4, 3], { sizes: [8, 6] }, "u8"),
  resizeCase([2, 5], { sizes: [3] }, "i32"),
  resizeCase([1, 1, 4, 4], { scales: [0.8, 1.3], mode: "cubic", cubicCoeffA: -0.5 }),
  resizeCase([1, 1, 4, 4], { scales: [1.7, 0.8], mode: "cubic", excludeOutside: true }),
  resizeCase([1, 2, 2, 4], { scales: [0.6, 0.6], mode: "linear", coordinates: "alignCorners" }),
  resizeCase([1, 2, 7, 6], { sizes: [3, 9], mode: "linear", antialias: true }),
  resizeCase([1, 2, 8, 5], { sizes: [3, 2], mode: "cubic", antialias: true }),
  resizeCase([1, 1, 9], { scales: [0.3], mode: "cubic", antialias: true, excludeOutside: true }),
  resizeCase([1, 1, 5, 7], {
    scales: [0.5, 1.6],
    mode: "linear",
    coordinates: "halfPixelSymmetric",
  }),
  resizeCase([1, 1, 4, 5], { ...CROP, sizes: [3, 4], mode: "linear", roi: [0.4, 0.6, 0.6, 0.8] }),
  resizeCase([1, 1, 4, 5], { ...CROP, sizes: [3, 1], mode: "cubic", roi: [-0.3, 0.2, 1.2, 0.7] }),
  resizeCase([2, 4], { ...CROP, sizes: [4], roi: [0.8, 1.4] }),
  resizeCase([2, 3, 4, 5], { sizes: [6, 2], axes: [1, -2], mode: "linear" }),
  resizeCase([3, 2, 4], { scales: [2, 0.5], axes: [2, 0] }),
  resizeCase([1, 1, 4, 6], { sizes: [9, 7], keepAspectRatioPolicy: "notLarger", mode: "linear" }),
  resizeCase([1, 1, 3, 7], { sizes: [5, 8], keepAspectRatioPolicy: "notSmaller", axes: [3, 2] }),
];
