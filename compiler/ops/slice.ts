/** Ops whose output is a regular part of their operand: slice and split. */
import { z } from "zod";
import { addIndex, axisIndex, scaleIndex } from "../compute/affine.js";
import type { Axis, Index } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { movement, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const integers = z.array(z.int()).readonly();
const SLICE: readonly OperandSpec[] = [
  { name: "x" },
  { name: "starts", optional: true, becomes: "starts" },
  { name: "ends", optional: true, becomes: "ends" },
  { name: "axes", optional: true, becomes: "axes" },
  { name: "steps", optional: true, becomes: "steps" },
];
const SLICE_ATTRIBUTES = z.strictObject({
  starts: integers,
  ends: integers,
  /** The axes that starts, ends and steps speak of: the first ones by default. */
  axes: integers.optional(),
  /** All ones by default. */
  steps: integers.optional(),
});

/** Elements start + step · i of one dimension; `end` as ONNX writes it. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly count: number;
}

/**
 * ONNX's clamping: a negative bound counts from the end, and both stay inside the dimension. An end before
 * element 0 is written −dim − 1, so that resolving twice changes nothing.
 */
function resolveRange(start: number, end: number, step: number, dim: number): Range {
  const from = start < 0 ? start + dim : start;
  const to = end < 0 ? end + dim : end;
  const clamp = (value: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, value));
  const first = step > 0 ? clamp(from, 0, dim) : clamp(from, 0, dim - 1);
  const last = step > 0 ? clamp(to, 0, dim) : clamp(to, -1, dim - 1);
  const count = dim === 0 ? 0 : Math.max(0, Math.ceil((last - first) / step));
  return { start: first, end: last === -1 ? -dim - 1 : last, step, count };
}

/** x[start:end:step] per axis. In canonical form starts, ends and steps have one entry for each dim of x. */
export const slice = defineOp({
  name: "slice",
  operands: SLICE,
  attributes: SLICE_ATTRIBUTES,
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    const axes = given.axes ?? [...given.starts.keys()];
    const lengths = [given.starts, given.ends, axes, given.steps ?? axes].map(
      (list) => list.length,
    );
    if (lengths.some((length) => length !== lengths[0])) {
      const [starts, ends, named, steps] = lengths;
      const message = `${starts} starts, ${ends} ends, ${named} axes and ${steps} steps`;
      reject("bad-attribute", `slice has ${message}: expected one of each per axis`);
    }
    const ranges = x.dims.map((dim) => resolveRange(0, dim, 1, dim));
    const seen = new Set<number>();
    axes.forEach((given_, i) => {
      const axis = normalizeAxis(given_, x.dims.length, "slice axis");
      const step = given.steps?.[i] ?? 1;
      if (step === 0) reject("bad-attribute", `the step of axis ${axis} is 0`);
      if (seen.has(axis)) reject("bad-attribute", `axes [${axes.join(",")}] name ${axis} twice`);
      seen.add(axis);
      ranges[axis] = resolveRange(given.starts[i]!, given.ends[i]!, step, x.dims[axis]!);
    });
    return {
      type: { dtype: x.dtype, dims: ranges.map((range) => range.count) },
      attributes: {
        starts: ranges.map((range) => range.start),
        ends: ranges.map((range) => range.end),
        steps: ranges.map((range) => range.step),
      },
    };
  },
  compute: (context) =>
    movement(SLICE, context, (axes) =>
      strided(axes, context.attributes.starts, context.attributes.steps!),
    ),
  view: ({ attributes }) => ({
    kind: "slice",
    starts: attributes.starts,
    steps: attributes.steps!,
  }),
  layout: "operand",
  tolerance: 0,
});

function strided(
  axes: readonly Axis[],
  starts: readonly number[],
  steps: readonly number[],
): Index[] {
  return axes.map((axis, i) => addIndex(scaleIndex(axisIndex(axis), steps[i]!), starts[i]!));
}

const SPLIT: readonly OperandSpec[] = [
  { name: "x" },
  { name: "sizes", optional: true, becomes: "sizes" },
];

/**
 * Part `index` of x cut along an axis into pieces of `sizes`. In canonical form the pieces are three, what lies before
 * the part, the part, and what lies after it: a split into many parts is no longer than one into few.
 */
export const split = defineOp({
  name: "split",
  operands: SPLIT,
  attributes: z.strictObject({
    axis: z.int().default(0),
    sizes: z.array(z.int().nonnegative()).readonly().optional(),
    /** Instead of sizes: that many equal pieces, the last one smaller where it does not divide. */
    parts: z.int().positive().max(65536).optional(),
    index: z.int().nonnegative(),
  }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    const axis = normalizeAxis(given.axis, x.dims.length);
    const { start, size } =
      given.sizes === undefined
        ? equalPart(x.dims[axis]!, given.parts, given.index, axis)
        : listedPart(x, given.sizes, given.index, axis);
    const dims = x.dims.map((dim, i) => (i === axis ? size : dim));
    const sizes = [start, size, x.dims[axis]! - start - size];
    return { type: { dtype: x.dtype, dims }, attributes: { axis, sizes, index: 1 } };
  },
  compute: (context) =>
    movement(SPLIT, context, (axes) => {
      const starts = splitStarts(axes.length, context.attributes);
      return strided(
        axes,
        starts,
        starts.map(() => 1),
      );
    }),
  view({ attributes, output }) {
    const starts = splitStarts(output.dims.length, attributes);
    return { kind: "slice", starts, steps: starts.map(() => 1) };
  },
  layout: "operand",
  tolerance: 0,
});

/** Attributes of each of the parts of these sizes, in canonical form. */
export function splitParts(
  sizes: readonly number[],
): { readonly sizes: readonly number[]; readonly index: number }[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  return sizes.map((size) => {
    const before = start;
    start += size;
    return { sizes: [before, size, total - start], index: 1 };
  });
}

interface Part {
  readonly start: number;
  readonly size: number;
}

function listedPart(x: TensorType, sizes: readonly number[], index: number, axis: number): Part {
  const dim = x.dims[axis]!;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== dim) {
    const message = `sizes [${sizes.join(",")}] sum to ${total}`;
    reject("shape-mismatch", `${message}, but axis ${axis} of ${formatType(x)} is ${dim}`);
  }
  const size = sizes[index] ?? rejectPart(index, sizes.length);
  return { start: sizes.slice(0, index).reduce((sum, one) => sum + one, 0), size };
}

/** ONNX: pieces of ceil(dim / parts), the last one taking what is left. */
function equalPart(dim: number, parts: number | undefined, index: number, axis: number): Part {
  if (parts === undefined) reject("bad-attribute", "split needs sizes or parts");
  const size = Math.ceil(dim / parts);
  if (size * (parts - 1) > dim || parts > dim) {
    reject("shape-mismatch", `axis ${axis} of ${dim} cannot be split into ${parts} parts`);
  }
  if (index >= parts) rejectPart(index, parts);
  return { start: index * size, size: Math.min(size, dim - index * size) };
}

function rejectPart(index: number, parts: number): never {
  return reject("bad-attribute", `part ${index} of ${parts}: they count from 0`);
}

function splitStarts(
  rank: number,
  given: { readonly axis: number; readonly sizes?: readonly number[] | undefined },
): number[] {
  return Array.from({ length: rank }, (_, i) => (i === given.axis ? given.sizes![0]! : 0));
}
