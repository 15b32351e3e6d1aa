/** Transposed convolution by phases: outputs of equal residue mod stride are a convolution of the taps they share. */
import { z } from "zod";
import { addIndex, axisIndex, scaleIndex } from "../compute/affine.js";
import { constant, load, mul } from "../compute/expr.js";
import type { Axis, Compute, Expr, Index } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { kernelInputs } from "./axes.js";
import { channelAxes, checkBias, checkChannels, CONV_OPERANDS, convTypes } from "./conv.js";
import { defineOp, reject, type ComputeContext } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import { perSpatialDim, spatialAxes, WINDOW_ATTRIBUTES } from "./window.js";

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
const ATTRIBUTES = z.strictObject({
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
type Attributes = z.output<typeof ATTRIBUTES>;

/** One spatial dimension: element i of x reaches output i · stride + k · dilation − begin through tap k. */
interface TransposedDim {
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

/**
 * convTranspose(x [n, c, …], w [c, oc/groups, …kernel], bias? [oc]): the gradient of a convolution as in
 * PyTorch and ONNX; out = (in − 1) · stride + (kernel − 1) · dilation + 1 + outputPads − pads.
 */
export const convTranspose = defineOp({
  name: "convTranspose",
  operands: CONV_OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const { x, w } = convTypes(inputs, FLOAT);
    const { groups } = attributes;
    const [channels, outputs] = [x.dims[1]!, w.dims[1]! * groups];
    checkChannels(channels, w.dims[0]!, w, NaN, 1);
    if (channels % groups !== 0) {
      const message = `x has ${channels} channels (${formatType(x)}), which ${groups} groups do not divide`;
      reject("shape-mismatch", message);
    }
    checkBias(inputs, outputs, w);
    const dims = transposedDims(x, w, attributes);
    checkPhases(dims);
    const type: TensorType = {
      dtype: "f32",
      dims: [x.dims[0]!, outputs, ...dims.map((dim) => dim.output)],
    };
    return { type, attributes: canonical(attributes, dims) };
  },
  compute(context) {
    const { inputs, attributes, output } = context;
    const phases = transposedDims(inputs[0]!, inputs[1]!, attributes).map(phasesOf);
    const combined = phases.reduce<Phase[][]>(
      (before, next) => before.flatMap((list) => next.map((phase) => [...list, phase])),
      [[]],
    );
    return {
      outer: [],
      inputs: kernelInputs(CONV_OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: combined.map((list) => phaseCompute(context, list)),
      output,
    };
  },
  layout: "channels-last",
});

function canonical({ groups }: Attributes, dims: readonly TransposedDim[]): Attributes {
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

function transposedDims(x: TensorType, w: TensorType, attributes: Attributes): TransposedDim[] {
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
  pads: Attributes["pads"],
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

function checkPhases(dims: readonly TransposedDim[]): void {
  const phases = dims.map(({ stride, output }) => Math.min(stride, output));
  if (phases.reduce((product, count) => product * count, 1) <= MOST_PHASES) return;
  const strides = dims.map((dim) => dim.stride).join(",");
  const message = `strides [${strides}] make ${phases.join(" · ")} phases: at most ${MOST_PHASES} are possible`;
  reject("unsupported", message);
}

/** Outputs first + stride · p of one dimension, and the taps firstTap + tapStep · k that reach them. */
interface Phase {
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
function phasesOf({ input, kernel, stride, dilation, begin, output }: TransposedDim): Phase[] {
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

function phaseCompute(
  { inputs, attributes: { groups }, output }: ComputeContext<Attributes>,
  phases: readonly Phase[],
): Compute {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2]];
  const channel = channelAxes(groups, x.dims[1]! / groups, w.dims[1]! * groups);
  const n: Axis = { name: "n", extent: output.dims[0]! };
  const o = spatialAxes(
    "o",
    phases.map((phase) => phase.extent),
  );
  const axes = [n, ...channel.axes, ...o];
  const at = phases.map(({ stride, first }, i) => along(o[i]!, stride, first));
  const index = [axisIndex(n), channel.output, ...at];
  const start = bias === undefined ? undefined : load("bias", [channel.output]);
  if (phases.some(({ taps }) => taps === 0)) {
    return { target: "out", axes, reduce: [], body: start ?? constant(0), index };
  }
  const k = spatialAxes(
    "k",
    phases.map((phase) => phase.taps),
  );
  const weight = phases.map(({ tapStep, firstTap }, i) => along(k[i]!, tapStep, firstTap));
  return {
    target: "out",
    axes,
    reduce: [...channel.reduce, ...k],
    combine: "sum",
    ...(start === undefined ? {} : { init: start }),
    body: mul(
      loadInput([axisIndex(n), channel.input], phases, o, k),
      load("w", [channel.input, channel.outputWithin, ...weight]),
    ),
    index,
  };
}

function along(axis: Axis, step: number, start: number): Index {
  return addIndex(scaleIndex(axisIndex(axis), step), start);
}

function loadInput(
  map: readonly Index[],
  phases: readonly Phase[],
  o: readonly Axis[],
  k: readonly Axis[],
): Expr {
  const at = phases.map(({ start, step }, i) =>
    addIndex(axisIndex(o[i]!), scaleIndex(axisIndex(k[i]!), -step), start),
  );
  const leaves = phases.some((phase) => phase.leaves);
  const boundary = leaves ? ({ mode: "constant", value: 0 } as const) : undefined;
  return load("x", [...map, ...at], "f32", boundary);
}
