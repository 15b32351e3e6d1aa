/** The window of a transposed convolution: what each dimension does, and the phases that its outputs fall into. */
import { z } from "zod";
import type { TensorType } from "../base/tensor.js";
import { reject } from "./op.js";
import { perSpatialDim, WINDOW_ATTRIBUTES } from "./window.js";

/** Every phase is a nest of its own: more of them would be code without end. */
const MOST_PHASES = 4096;

const counts = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 24),
  )
  .readonly();
export const TRANSPOSED_ATTRIBUTES = z.strictObject({
  strides: WINDOW_ATTRIBUTES.strides,
  /**
   * What is cut off the full output: [begins…, ends…]; `same` makes outputs of input · stride, and cuts the
   * odd element off the end (upper) or the start (lower).
   */
  pads: z.union([counts, z.enum(["valid", "sameUpper", "sameLower"])]).optional(),
  /** Spatial dims of the output, which decide the pads. */
  outputShape: WINDOW_ATTRIBUTES.strides,
  dilations: WINDOW_ATTRIBUTES.dilations,
  /** What is added after the end, one number for each spatial dimension. */
  outputPads: counts.optional(),
  groups: z
    .int()
    .min(1)
    .max(2 ** 24)
    .default(1),
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
  const list = (
    name: string,
    values: readonly number[],
    usual: number,
  ): Readonly<Record<string, readonly number[]>> =>
    values.some((value) => value !== usual) ? { [name]: values } : {};
  const pads = [...dims.map(({ begin }) => begin), ...dims.map(({ end }) => end)];
  return {
    ...list(
      "strides",
      dims.map(({ stride }) => stride),
      1,
    ),
    ...list("pads", pads, 0),
    ...list(
      "dilations",
      dims.map(({ dilation }) => dilation),
      1,
    ),
    ...list(
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

/** Throws a problem where there are too many phases to write down. */
export function checkPhases(dims: readonly TransposedDim[]): void {
  const phases = dims.map(({ stride, output }) => Math.min(stride, output));
  if (phases.reduce((product, count) => product * count, 1) <= MOST_PHASES) return;
  const strides = dims.map((dim) => dim.stride).join(",");
  const message = `strides [${strides}] make ${phases.join(" · ")} phases: at most ${MOST_PHASES} are possible`;
  reject("unsupported", message);
}

/** Outputs first + stride · p of one dimension, and the taps firstTap + tapStep · k that reach them. */
export interface Phase {
  readonly first: number;
  readonly stride: number;
  readonly extent: number;
  readonly taps: number;
  readonly firstTap: number;
  readonly tapStep: number;
  /** Output p reads x at p + start − step · k. */
  readonly start: number;
  readonly step: number;
  /** Whether that can leave x. */
  readonly leaves: boolean;
}

/** Tap k reaches output o where o + begin − k · dilation is a multiple of the stride: every tapStep-th one. */
export function phasesOf({
  input,
  kernel,
  stride,
  dilation,
  begin,
  output,
}: TransposedDim): Phase[] {
  const tapStep = stride / gcd(stride, dilation);
  const candidates = Math.min(tapStep, kernel);
  return Array.from({ length: Math.min(stride, output) }, (_, first): Phase => {
    const extent = Math.ceil((output - first) / stride);
    let firstTap = 0;
    while (firstTap < candidates && (first + begin - firstTap * dilation) % stride !== 0)
      firstTap++;
    const hit = firstTap < candidates;
    const taps = hit ? Math.ceil((kernel - firstTap) / tapStep) : 0;
    const start = hit ? (first + begin - firstTap * dilation) / stride : 0;
    const step = (tapStep * dilation) / stride;
    const leaves = start - step * (taps - 1) < 0 || start + extent - 1 >= input;
    return { first, stride, extent, taps, firstTap, tapStep, start, step, leaves };
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
