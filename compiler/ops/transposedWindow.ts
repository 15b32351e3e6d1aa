/** The window of a transposed convolution: what each spatial dimension does. */
import { z } from "zod";
import type { TensorType } from "../base/tensor.js";
import { reject } from "./op.js";
import { perSpatialDim, WINDOW_ATTRIBUTES } from "./window.js";

const MOST = 2 ** 24;
const list = (least: number) => z.array(z.int().min(least).max(MOST)).readonly();
export const TRANSPOSED_ATTRIBUTES = z.strictObject({
  strides: WINDOW_ATTRIBUTES.strides,
  /**
   * What is cut off the full output: [begins…, ends…]; less than 0 is more of it, which no tap reaches. `same` makes
   * outputs of input · stride, and cuts the odd element off the end (upper) or the start (lower).
   */
  pads: z.union([list(-MOST), z.enum(["valid", "sameUpper", "sameLower"])]).optional(),
  /** Spatial dims of the output, which decide the pads. */
  outputShape: WINDOW_ATTRIBUTES.strides,
  dilations: WINDOW_ATTRIBUTES.dilations,
  /** What is added after the end, one number for each spatial dimension. */
  outputPads: list(0).optional(),
  groups: z.int().min(1).max(MOST).default(1),
});
export type TransposedAttributes = z.output<typeof TRANSPOSED_ATTRIBUTES>;

/** One spatial dimension: element i of x reaches output i · stride + k · dilation − begin through tap k. */
export interface TransposedDim {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  /** Added after the end. */
  readonly more: number;
  readonly output: number;
}

/** Without what is usual, and with pads in numbers. */
export function canonicalTransposed(
  { groups }: TransposedAttributes,
  dims: readonly TransposedDim[],
): TransposedAttributes {
  const unless = (
    name: string,
    values: readonly number[],
    usual: number,
  ): Readonly<Record<string, readonly number[]>> =>
    values.some((value) => value !== usual) ? { [name]: values } : {};
  const pads = [...dims.map(({ begin }) => begin), ...dims.map(({ end }) => end)];
  return {
    ...unless(
      "strides",
      dims.map(({ stride }) => stride),
      1,
    ),
    ...unless("pads", pads, 0),
    ...unless(
      "dilations",
      dims.map(({ dilation }) => dilation),
      1,
    ),
    ...unless(
      "outputPads",
      dims.map(({ more }) => more),
      0,
    ),
    groups,
  };
}

/** What each spatial dimension does. Throws a problem where something does not fit. */
export function transposedDims(
  x: TensorType,
  w: TensorType,
  attributes: TransposedAttributes,
): TransposedDim[] {
  const rank = x.dims.length - 2;
  const strides = perSpatialDim(attributes.strides, rank, "strides");
  const dilations = perSpatialDim(attributes.dilations, rank, "dilations");
  const outputPads = perSpatialDim(attributes.outputPads, rank, "outputPads", 0);
  const shape =
    attributes.outputShape && perSpatialDim(attributes.outputShape, rank, "outputShape");
  return strides.map((stride, i) => {
    const [input, kernel, dilation] = [x.dims[2 + i]!, w.dims[2 + i]!, dilations[i]!];
    const span = (input - 1) * stride + (kernel - 1) * dilation + 1;
    const given = { span, more: outputPads[i]!, same: input * stride, shape: shape?.[i] };
    const { begin, end, more } = transposedPads(attributes.pads, i, rank, given);
    if (more >= Math.max(stride, dilation)) {
      const message = `outputPads ${more} in spatial dimension ${i} must be less than its stride ${stride} or dilation ${dilation}`;
      reject("bad-attribute", message);
    }
    const output = span + more - begin - end;
    if (output < 1) {
      const message = `spatial dimension ${i}: pads ${begin} + ${end} leave nothing of ${span + more} outputs`;
      reject("shape-mismatch", message);
    }
    return { input, kernel, stride, dilation, begin, end, more, output };
  });
}

/** Pads in numbers; where the output is larger than what there is to cut, it is added after the end (ONNX). */
function transposedPads(
  pads: TransposedAttributes["pads"],
  i: number,
  rank: number,
  given: {
    readonly span: number;
    readonly more: number;
    readonly same: number;
    readonly shape: number | undefined;
  },
): { readonly begin: number; readonly end: number; readonly more: number } {
  const { span, more, same } = given;
  if (Array.isArray(pads) && pads.length !== 2 * rank) {
    const message = `pads has ${pads.length} numbers, expected ${2 * rank}: begins, then ends`;
    reject("bad-attribute", message);
  }
  const rule = typeof pads === "string" && pads !== "valid";
  const shape = given.shape ?? (rule ? same : undefined);
  if (shape === undefined) {
    const [begin, end] = typeof pads === "object" ? [pads[i]!, pads[rank + i]!] : [0, 0];
    return { begin, end, more };
  }
  const total = span + more - shape;
  if (total < 0) return { begin: 0, end: 0, more: more - total };
  const less = Math.floor(total / 2);
  return pads === "sameUpper"
    ? { begin: less, end: total - less, more }
    : { begin: total - less, end: less, more };
}
