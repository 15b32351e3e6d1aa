/** Windows that slide over spatial dimensions: what convolutions and pools say about strides, pads and ceilings. */
import { z } from "zod";
import { addIndex, axisIndex, scaleIndex } from "../compute/affine.js";
import type { Axis, Index } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { reject } from "./op.js";

/** Larger strides, pads and kernels than this are mistakes or attacks. */
const MOST = 2 ** 24;

const positives = z.array(z.int().min(1).max(MOST)).readonly();
/** Attributes that convolutions and pools share; in a Graph an absent list means ones, or no padding. */
export const WINDOW_ATTRIBUTES = {
  strides: positives.optional(),
  /** ONNX order [begins…, ends…], or a rule that `infer` turns into numbers. */
  pads: z
    .union([
      z.array(z.int().min(0).max(MOST)).readonly(),
      z.enum(["valid", "sameUpper", "sameLower"]),
    ])
    .optional(),
  dilations: positives.optional(),
};
export const KERNEL = positives;

/** Window attributes as an op's schema parses them. */
export interface WindowAttributes {
  readonly strides?: readonly number[] | undefined;
  readonly pads?: readonly number[] | "valid" | "sameUpper" | "sameLower" | undefined;
  readonly dilations?: readonly number[] | undefined;
}

/** One spatial dimension; the window of output o reads taps o · stride + k · dilation − begin. */
export interface WindowDim {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  readonly output: number;
}

/**
 * The spatial dims of x, [n, c, 1 to 3 spatial dims]. Throws shape-mismatch on another rank, or where there are maps
 * without elements.
 */
export function spatialDims(x: TensorType): readonly number[] {
  if (x.dims.length < 3 || x.dims.length > 5) {
    const message = `x is ${formatType(x)}, expected [n, c] and 1 to 3 spatial dimensions`;
    reject("shape-mismatch", message);
  }
  const empty = x.dims.indexOf(0, 1);
  if (empty >= 0) reject("shape-mismatch", `dimension ${empty} of x ${formatType(x)} is empty`);
  return x.dims.slice(2);
}

/** One entry per spatial dimension, ones where absent. Throws bad-attribute on another length. */
export function perSpatialDim(
  values: readonly number[] | undefined,
  rank: number,
  attribute: string,
  fill = 1,
): readonly number[] {
  if (values === undefined) return new Array<number>(rank).fill(fill);
  if (values.length !== rank) {
    const message = `${attribute} has ${values.length} numbers, expected ${rank}: one for each spatial dimension`;
    reject("bad-attribute", message);
  }
  return values;
}

/**
 * The windows over spatial dims `input`. An output dimension is floor((padded − extent) / stride) + 1;
 * with `ceilMode` it is rounded up as long as the last window starts inside the input or the padding before
 * it (PyTorch, ONNX). Throws bad-attribute, or shape-mismatch where no window fits.
 */
export function resolveWindow(
  attributes: WindowAttributes,
  input: readonly number[],
  kernel: readonly number[],
  ceilMode = false,
): WindowDim[] {
  const rank = input.length;
  const strides = perSpatialDim(attributes.strides, rank, "strides");
  const dilations = perSpatialDim(attributes.dilations, rank, "dilations");
  return input.map((size, i) => {
    const [stride, dilation, taps] = [strides[i]!, dilations[i]!, kernel[i]!];
    const extent = (taps - 1) * dilation + 1;
    const [begin, end] = padsOf(attributes.pads, i, rank, { size, extent, stride });
    const room = size + begin + end - extent;
    if (room < 0) {
      const dilated = dilation === 1 ? "" : ` (${taps} taps, dilation ${dilation})`;
      const message = `spatial dimension ${i}: the kernel spans ${extent}${dilated}, but x has ${size} elements and ${begin} + ${end} of padding`;
      reject("shape-mismatch", message, "no output would be left");
    }
    const rounded = Math.floor((room + (ceilMode ? stride - 1 : 0)) / stride) + 1;
    const startsOutside = ceilMode && (rounded - 1) * stride >= size + begin;
    const output = startsOutside ? rounded - 1 : rounded;
    return { input: size, kernel: taps, stride, dilation, begin, end, output };
  });
}

/** `same` keeps ceil(size / stride) outputs; the odd element goes to the end (upper) or the start (lower). */
function padsOf(
  pads: WindowAttributes["pads"],
  i: number,
  rank: number,
  { size, extent, stride }: Readonly<Record<"size" | "extent" | "stride", number>>,
): readonly [number, number] {
  if (pads === undefined || pads === "valid") return [0, 0];
  if (typeof pads !== "string") {
    if (pads.length !== 2 * rank) {
      const message = `pads has ${pads.length} numbers, expected ${2 * rank}: begins, then ends`;
      reject("bad-attribute", message);
    }
    return [pads[i]!, pads[rank + i]!];
  }
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  const less = Math.floor(total / 2);
  return pads === "sameUpper" ? [less, total - less] : [total - less, less];
}

/** The canonical attributes of resolved windows: numbers, and nothing where they are all ones or zeros. */
export function windowAttributes(window: readonly WindowDim[]): WindowAttributes {
  const strides = window.map((dim) => dim.stride);
  const pads = [...window.map((dim) => dim.begin), ...window.map((dim) => dim.end)];
  const dilations = window.map((dim) => dim.dilation);
  return {
    ...(strides.some((stride) => stride !== 1) ? { strides } : {}),
    ...(pads.some((pad) => pad !== 0) ? { pads } : {}),
    ...(dilations.some((dilation) => dilation !== 1) ? { dilations } : {}),
  };
}

/** Axes over spatial dims with a prefix: "o" of two dims => oh ow. */
export function spatialAxes(prefix: "" | "o" | "k" | "p", extents: readonly number[]): Axis[] {
  const names = ["d", "h", "w"].slice(3 - extents.length);
  return extents.map((extent, i) => ({ name: `${prefix}${names[i]!}`, extent }));
}

/** Where the window of output `o` has tap `k`: o · stride + k · dilation − begin. */
export function tapIndex(dim: WindowDim, o: Axis, k: Axis): Index {
  return addIndex(
    scaleIndex(axisIndex(o), dim.stride),
    scaleIndex(axisIndex(k), dim.dilation),
    -dim.begin,
  );
}

/** Whether some window has a tap outside the input. */
export function leavesInput(window: readonly WindowDim[]): boolean {
  return window.some(
    ({ input, kernel, stride, dilation, begin, output }) =>
      begin > 0 || (output - 1) * stride + (kernel - 1) * dilation >= input,
  );
}

/** How many taps of output `o` lie in [low, high). */
export function tapsWithin(dim: WindowDim, o: number, low: number, high: number): number {
  const start = o * dim.stride - dim.begin;
  const first = Math.max(0, Math.ceil((low - start) / dim.dilation));
  const last = Math.min(dim.kernel - 1, Math.ceil((high - start) / dim.dilation) - 1);
  return Math.max(0, last - first + 1);
}
