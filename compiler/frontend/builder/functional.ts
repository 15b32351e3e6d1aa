/** Functions of values: arithmetic with broadcasting, shapes, reductions, joining and resizing. */
import type { DType } from "../../base/tensor.js";
import { splitParts } from "../../ops/slice.js";
import { layer, join, type Clash, type Layer, type Same } from "./layer.js";
import { checkOptions, perDim, type PerDim } from "./options.js";
import { parameter, record, type Value } from "./value.js";

type Binary = <C extends number>(a: Value<C>, b: Value) => Value<C>;

function binary(op: string): Binary {
  return (a, b) => record(a, op, [a, b], {});
}

/** a + b, with as many channels in both where TypeScript knows them. */
export function add<A extends number, B extends number>(
  a: Value<A>,
  b: Value<B> & (Clash<A, B> extends true ? Value<NoInfer<A>> : unknown),
): Value<[A] extends [never] ? B : A> {
  return record(a, "add", [a, b], {});
}

export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const pow = binary("pow");
/** The rest of a / b with the sign of b, as in Python. */
export const remainder = binary("mod");
/** The rest of a / b with the sign of a, as in C. */
export function fmod<C extends number>(a: Value<C>, b: Value): Value<C> {
  return record(a, "mod", [a, b], { fmod: true });
}
export const minimum = binary("min");
export const maximum = binary("max");
export const equal = binary("equal");
export const less = binary("less");
export const greater = binary("greater");
export const lessOrEqual = binary("lessOrEqual");
export const greaterOrEqual = binary("greaterOrEqual");
export const logicalAnd = binary("and");
export const logicalOr = binary("or");
export const logicalXor = binary("xor");

export function logicalNot<C extends number>(x: Value<C>): Value<C> {
  return record(x, "not", [x], {});
}

/** condition ? x : y, element by element. */
export function where<C extends number>(condition: Value, x: Value<C>, y: Value<C>): Value<C> {
  return record(x, "where", [condition, x, y], {});
}

export function cast(x: Value, to: DType): Value<never> {
  return record(x, "cast", [x], { to });
}

export function clamp<C extends number>(
  x: Value<C>,
  limits: { readonly min?: number; readonly max?: number },
): Value<C> {
  return record(x, "clip", [x], { min: limits.min, max: limits.max });
}

/** x > 0 ? x : slope · x with a learned slope a channel. */
export function prelu<const C extends number = number>(
  options: { readonly numParameters?: C } = {},
): Layer<C, Same> {
  return layer((path) => (x) => {
    checkOptions(options, { numParameters: "optional" });
    const dims = [options.numParameters ?? 1];
    const slope = parameter(x, join(path, "weight"), dims, { center: 0.25, spread: 0.1 });
    return record(x, "prelu", [x, slope], {}, path);
  });
}

/** Joins values along a dim: their channel counts add up, so the result's is not known to TypeScript. */
export function cat(values: readonly Value[], dim = 1): Value<never> {
  return record(values[0]!, "concat", values, { axis: dim });
}

/** Parts of the given sizes along a dim. */
export function split(x: Value, sizes: readonly number[], dim = 0): readonly Value<never>[] {
  return splitParts(sizes).map((part) => record(x, "split", [x], { axis: dim, ...part }));
}

/** `chunks` equal parts along a dim. */
export function chunk(x: Value, chunks: number, dim = 0): readonly Value<never>[] {
  return Array.from({ length: chunks }, (_, index) =>
    record(x, "split", [x], { axis: dim, parts: chunks, index }),
  );
}

export function slice(
  x: Value,
  options: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly axes?: readonly number[];
    readonly steps?: readonly number[];
  },
): Value<never> {
  return record(x, "slice", [x], { ...options });
}

/** -1 is what is left over, 0 keeps a dim. */
export function reshape(x: Value, shape: readonly number[]): Value<never> {
  return record(x, "reshape", [x], { shape });
}

export function permute(x: Value, dims: readonly number[]): Value<never> {
  return record(x, "transpose", [x], { permutation: dims });
}

export function squeeze(x: Value, dims?: readonly number[]): Value<never> {
  return record(x, "squeeze", [x], { axes: dims });
}

export function unsqueeze(x: Value, dims: readonly number[]): Value<never> {
  return record(x, "unsqueeze", [x], { axes: dims });
}

export function expand(x: Value, shape: readonly number[]): Value<never> {
  return record(x, "expand", [x], { shape });
}

export function tile(x: Value, repeats: readonly number[]): Value<never> {
  return record(x, "tile", [x], { repeats });
}

export function gather(x: Value, indices: Value, dim = 0): Value<never> {
  return record(x, "gather", [x, indices], { axis: dim });
}

/** torch.take_along_dim: x's elements along a dim, chosen by as many indices as there are outputs. */
export function takeAlongDim(x: Value, indices: Value, dim: number): Value<never> {
  return record(x, "gatherElements", [x, indices], { axis: dim });
}

export function matmul(a: Value, b: Value): Value<never> {
  return record(a, "matmul", [a, b], {});
}

/** torch.einsum: einsum("bij,bjk->bik", a, b). */
export function einsum(equation: string, ...values: readonly [Value, ...Value[]]): Value<never> {
  return record(values[0], "einsum", values, { equation });
}

interface ReduceOptions {
  /** All dims by default. */
  readonly dim?: number | readonly number[];
  /** False by default, as in PyTorch. */
  readonly keepdim?: boolean;
}

function reduction(op: string): (x: Value, options?: ReduceOptions) => Value<never> {
  return (x, { dim, keepdim = false } = {}) =>
    record(x, op, [x], { axes: typeof dim === "number" ? [dim] : dim, keepDims: keepdim });
}

export const mean = reduction("reduceMean");
export const sum = reduction("reduceSum");
export const amax = reduction("reduceMax");
export const amin = reduction("reduceMin");
export const prod = reduction("reduceProd");
export const logsumexp = reduction("reduceLogSumExp");

export function argmax(x: Value, dim: number, keepdim = false): Value<never> {
  return record(x, "argMax", [x], { axis: dim, keepDims: keepdim });
}

export function argmin(x: Value, dim: number, keepdim = false): Value<never> {
  return record(x, "argMin", [x], { axis: dim, keepDims: keepdim });
}

export function cumsum(x: Value, dim: number): Value<never> {
  return record(x, "cumSum", [x], { axis: dim });
}

/** The k largest (or smallest) elements along a dim, in order, and where they are. */
export function topk(
  x: Value,
  k: number,
  options: { readonly dim?: number; readonly largest?: boolean } = {},
): { readonly values: Value<never>; readonly indices: Value<never> } {
  checkOptions(options, { dim: "optional", largest: "optional" });
  const { dim = -1, largest } = options;
  const indices = record<never>(x, "topKIndices", [x], { k, axis: dim, largest });
  return { values: takeAlongDim(x, indices, dim), indices };
}

/** Pads ONNX's way: [begins…, ends…] over all dims. */
export function pad<C extends number>(
  x: Value<C>,
  pads: readonly number[],
  options: {
    readonly mode?: "constant" | "reflect" | "replicate" | "circular";
    readonly value?: number;
  } = {},
): Value<never> {
  return record(x, "pad", [x], { pads, mode: options.mode, value: options.value });
}

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
