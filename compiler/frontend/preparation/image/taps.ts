/** The tables of PIL, torchvision and OpenCV for one side of a picture: where each looks, and what that weighs. */
import { covered, halfToEven, type Span } from "./geometry.js";
import type { ImageSpec } from "./spec.js";

export type Filter = Exclude<ImageSpec["resize"], "nearest">;
export type Rule = ImageSpec["rule"];
/** Pictures are resized along their width first, as all three libraries do. */
export type Direction = "horizontal" | "vertical";

/** Row-major tables over [rows, taps]. */
export interface Taps {
  readonly count: number;
  readonly at: Int32Array;
  /** Integers are in the rule's fixed point. */
  readonly weight: Int32Array | Float32Array;
}

/** Bits behind the point of PIL's weights (Resample.c, PRECISION_BITS), and of OpenCV's (resize.cpp). */
export const PIL_BITS = 22;
export const OPENCV_BITS = 11;

/** Where `nearest` looks, of every output that lies in the picture. */
export function nearestOf(span: Span, rule: Rule): Int32Array {
  const { input, length } = span;
  const [from, to] = covered(span);
  const every = Int32Array.from(NEAREST[rule](input, length), (at) => Math.min(input - 1, at));
  return every.slice(from, to);
}

const NEAREST: Readonly<Record<Rule, (input: number, length: number) => Iterable<number>>> = {
  /** Geometry.c adds up where the centres are. */
  *pil(input, length) {
    const step = input / length;
    let at = step * 0.5;
    for (let i = 0; i < length; i++, at += step) yield Math.floor(at);
  },
  /** UpSampleKernel.cpp computes in f32. */
  *torchvision(input, length) {
    const step = Math.fround(input / length);
    for (let i = 0; i < length; i++) yield Math.floor(Math.fround(i * step));
  },
  *opencv(input, length) {
    const step = 1 / (length / input);
    for (let i = 0; i < length; i++) yield Math.floor(i * step);
  },
};

/** The tables of every output that lies in the picture, as many taps in each row. */
export function tapsOf(span: Span, filter: Filter, rule: Rule, direction: Direction): Taps {
  const rowOf = rule === "opencv" ? openCvRow(span, filter, direction) : smoothRow(span, filter);
  const [from, to] = covered(span);
  const rows = Array.from({ length: to - from }, (_, i) => rowOf(from + i));
  const count = rows.reduce((most, row) => Math.max(most, row.weights.length), 1);
  const at = new Int32Array(rows.length * count);
  const weight = rule === "torchvision" ? new Float32Array(at.length) : new Int32Array(at.length);
  rows.forEach(({ first, weights }, i) => {
    for (let k = 0; k < count; k++) {
      at[i * count + k] = Math.min(span.input - 1, Math.max(0, first + k));
      weight[i * count + k] = quantized(weights[k] ?? 0, rule);
    }
  });
  return { count, at, weight };
}

/** What an output looks at: elements from `first` on; those outside the picture are its edge. */
interface Row {
  readonly first: number;
  readonly weights: readonly number[];
}

function quantized(weight: number, rule: Rule): number {
  if (rule === "torchvision") return weight;
  if (rule === "opencv") return halfToEven(weight * 2 ** OPENCV_BITS);
  return Math.trunc(weight * 2 ** PIL_BITS + (weight < 0 ? -0.5 : 0.5));
}

/** PIL's and torchvision's: the filter is as wide as what it makes smaller, and cut off at the edges. */
function smoothRow({ input, length }: Span, filter: Filter): (i: number) => Row {
  const scale = input / length;
  const stretch = Math.max(1, scale);
  const support = (filter === "bilinear" ? 1 : 2) * stretch;
  const weightAt = filter === "bilinear" ? triangle : keys;
  return (i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(input, Math.trunc(center + support + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) =>
      weightAt((k + first - center + 0.5) / stretch),
    );
    const total = weights.reduce((sum, one) => sum + one, 0);
    return { first, weights: weights.map((one) => one / total) };
  };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** Cubic convolution (Keys 1981) with a = −0.5. */
function keys(distance: number): number {
  const [a, d] = [-0.5, Math.abs(distance)];
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/** OpenCV's: never wider than two or four elements, computed in f32. Rows beyond the edges keep their weights. */
function openCvRow(
  { input, length }: Span,
  filter: Filter,
  direction: Direction,
): (i: number) => Row {
  const scale = 1 / (length / input);
  return (i) => {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const low = Math.floor(position);
    const part = Math.fround(position - low);
    if (filter === "bicubic") return { first: low - 1, weights: openCvCubic(part) };
    const held = direction === "horizontal" && (low < 0 || low >= input - 1);
    return held
      ? { first: low < 0 ? 0 : input - 1, weights: [1, 0] }
      : { first: low, weights: [Math.fround(1 - part), part] };
  };
}

/** Keys' with a = −0.75, each operation rounded to f32; the last weight is what the others leave of 1. */
function openCvCubic(x: number): readonly number[] {
  const f = Math.fround;
  const a = -0.75;
  const inner = (d: number): number => f(f(f(f(f(f(a + 2) * d) - f(a + 3)) * d) * d) + 1);
  const far = f(x + 1);
  const before = f(f(f(f(f(f(f(a * far) - 5 * a) * far) + 8 * a)) * far) - 4 * a);
  const weights = [before, inner(x), inner(f(1 - x))];
  return [...weights, weights.reduce((rest, one) => f(rest - one), 1)];
}
