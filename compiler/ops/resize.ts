/** Resizing by nearest neighbour, linear and cubic interpolation, from tables of indices and weights. */
import { z } from "zod";
import { axisIndex, opaqueIndex } from "../compute/affine.js";
import { accumulator, binary, load, mul, select } from "../compute/expr.js";
import {
  scalarOf,
  type Axis,
  type Compute,
  type Expr,
  type Index,
  type Kernel,
} from "../compute/ir.js";
import { formatType, type DType, type TensorData, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxes, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { isQuotient, sizeOf, tapCount, tapsOf, type ResizeDim, type Taps } from "./resizeTaps.js";

const MOST = 2 ** 24;
/** Tables are part of what is emitted. */
const MOST_ENTRIES = 2 ** 22;
const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "sizes", optional: true, becomes: "sizes" },
  { name: "scales", optional: true, becomes: "scales" },
  { name: "roi", optional: true, becomes: "roi" },
];
const ATTRIBUTES = z.strictObject({
  /** The dims that sizes, scales and roi speak of: the trailing ones by default. */
  axes: z.array(z.int()).readonly().optional(),
  /** Either these or scales. */
  sizes: z.array(z.int().min(1).max(MOST)).min(1).readonly().optional(),
  /** Output over input, to the precision of f32; sizes in canonical form where the two say the same. */
  scales: z.array(z.number().positive().max(MOST)).min(1).readonly().optional(),
  mode: z.enum(["nearest", "linear", "cubic"]).default("nearest"),
  coordinates: z
    .enum([
      "halfPixel",
      "halfPixelSymmetric",
      "pytorchHalfPixel",
      "asymmetric",
      "alignCorners",
      "tfCropAndResize",
    ])
    .default("halfPixel"),
  /** How `nearest` rounds a coordinate. */
  nearest: z
    .enum(["roundPreferFloor", "roundPreferCeil", "floor", "ceil"])
    .default("roundPreferFloor"),
  /** Of Keys' cubic convolution: −0.5 and −0.75 are common. */
  cubicCoeffA: z.number().default(-0.75),
  /** What lies outside x weighs nothing, instead of being the edge. */
  excludeOutside: z.boolean().default(false),
  /** Filters of linear and cubic widen where the output is smaller. */
  antialias: z.boolean().default(false),
  /** Whether sizes are met, or the smaller or larger of the scales they mean is taken for all dims. */
  keepAspectRatioPolicy: z.enum(["stretch", "notLarger", "notSmaller"]).default("stretch"),
  /** [starts…, ends…] of the part of x that tfCropAndResize shows, where 0 is the first element and 1 the last. */
  roi: z.array(z.number()).readonly().optional(),
  /** What tfCropAndResize finds outside x. */
  extrapolationValue: z.number().default(0),
});
type Attributes = z.output<typeof ATTRIBUTES>;

/** x resized along some dims (ONNX Resize, PyTorch interpolate); a size is floor(dim · scale), in f32. */
export const resize = defineOp({
  name: "resize",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const x = typeOf(inputs, 0);
    const copies = attributes.mode === "nearest" && attributes.coordinates !== "tfCropAndResize";
    if (x.dtype !== "f32" && !copies) {
      const hint = "cast it, or take the nearest elements";
      reject("type-mismatch", `x is ${formatType(x)}, expected f32`, hint);
    }
    const resized = resizedDims(x, attributes);
    resized.forEach((dim, d) => {
      const what = `dimension ${d} of x ${formatType(x)} is resized to ${dim.output}`;
      if (dim.output < 1 || dim.input < 1) reject("shape-mismatch", what);
      if (isKept(dim, attributes) || dim.output * tapCount(dim, attributes) <= MOST_ENTRIES) return;
      reject("too-large", `${what}: its table would have more than ${MOST_ENTRIES} entries`);
    });
    const type: TensorType = { dtype: x.dtype, dims: resized.map(({ output }) => output) };
    return { type, attributes: canonical(x, attributes, resized) };
  },
  compute: resizeKernel,
  layout: "channels-last",
});

/** Sizes instead of scales where they say the same; axes that are not negative. */
function canonical(
  x: TensorType,
  { sizes: given, scales, axes: named, ...rest }: Attributes,
  resized: readonly ResizeDim[],
): Attributes {
  const axes = named && axesNamed(x, named);
  const dims = axes ?? trailing(x, (given ?? scales)!.length);
  const exact = scales?.every((_, i) => isQuotient(resized[dims[i]!]!));
  const sizes = given ?? dims.map((d) => resized[d]!.output);
  return {
    ...rest,
    ...(axes === undefined ? {} : { axes }),
    ...(exact === false ? { scales } : { sizes }),
  };
}

function trailing(x: TensorType, count: number): number[] {
  return Array.from({ length: count }, (_, i) => x.dims.length - count + i);
}

function axesNamed(x: TensorType, axes: readonly number[]): number[] {
  normalizeAxes(axes, x.dims.length);
  return axes.map((axis) => normalizeAxis(axis, x.dims.length));
}

/** Every dim of x. Throws bad-attribute unless there is one list, with a number for each dim it speaks of. */
function resizedDims(x: TensorType, attributes: Attributes): ResizeDim[] {
  const { sizes, scales, roi } = attributes;
  const list = sizes ?? scales;
  if (list === undefined || (sizes !== undefined && scales !== undefined)) {
    const which = list === undefined ? "neither" : "both";
    return reject("bad-attribute", `resize needs either sizes or scales, ${which} is given`);
  }
  const count = list.length;
  if (count > x.dims.length || (attributes.axes && attributes.axes.length !== count)) {
    const axes = attributes.axes === undefined ? "" : ` and ${attributes.axes.length} axes`;
    reject("bad-attribute", `${count} dimensions to resize${axes}, but x is ${formatType(x)}`);
  }
  if (roi !== undefined && roi.length !== 2 * count) {
    reject(
      "bad-attribute",
      `roi has ${roi.length} numbers, expected ${2 * count}: starts, then ends`,
    );
  }
  const axes = attributes.axes ? axesNamed(x, attributes.axes) : trailing(x, count);
  const kept = keptScale(x, axes, attributes);
  return x.dims.map((input, d): ResizeDim => {
    const i = axes.indexOf(d);
    if (i < 0) return { input, output: input, scale: undefined, region: [0, 1] };
    const region = roi === undefined ? ([0, 1] as const) : ([roi[i]!, roi[count + i]!] as const);
    if (kept !== undefined) {
      return { input, output: Math.floor(kept * input + 0.5), scale: kept, region };
    }
    const output = sizes?.[i] ?? sizeOf(input, scales![i]!);
    return { input, output, scale: scales?.[i], region };
  });
}

/** The one scale of all named dims, where their ratio is kept. */
function keptScale(
  x: TensorType,
  axes: readonly number[],
  { sizes, keepAspectRatioPolicy: policy }: Attributes,
): number | undefined {
  if (policy === "stretch") return undefined;
  if (sizes === undefined) {
    return reject("bad-attribute", `keepAspectRatioPolicy ${policy} needs sizes, not scales`);
  }
  const ratios = sizes.map((size, i) => size / x.dims[axes[i]!]!);
  return policy === "notLarger" ? Math.min(...ratios) : Math.max(...ratios);
}

/** Whether every output is the input at the same place. */
function isKept({ input, output, scale, region }: ResizeDim, { coordinates }: Attributes): boolean {
  const whole = coordinates !== "tfCropAndResize" || (region[0] === 0 && region[1] === 1);
  return input === output && (scale ?? 1) === 1 && whole;
}

/**
 * A dimension that keeps its size keeps its axis. The others have tables [out, taps] of where to look and
 * what that weighs:
 *
 *   out[n, c, h, w] = Σ kh kw  weight_h[h, kh] · weight_w[w, kw] · x[n, c, index_h[h, kh], index_w[w, kw]]
 */
function resizeKernel({ inputs, attributes, output }: ComputeContext<Attributes>): Kernel {
  const x = inputs[0]!;
  const axes = axesOf(output.dims);
  const resized = resizedDims(x, attributes).map((dim, d): Resized => {
    const axis = axes[d]!;
    if (!isKept(dim, attributes)) return resizedDim(axis, dim.input, tapsOf(dim, attributes));
    return { index: axisIndex(axis), constants: [], reduce: [], weights: [], outside: [] };
  });
  const reduce = resized.flatMap((dim) => dim.reduce);
  const dtype = scalarOf(x.dtype);
  const index = resized.map((dim) => dim.index);
  const factors = resized.flatMap((dim) => dim.weights);
  const outside = resized.flatMap((dim) => dim.outside);
  const beyond = outside.length === 0 ? undefined : outside.reduce((a, b) => binary("or", a, b));
  const compute: Compute = {
    target: "out",
    axes,
    reduce,
    ...(reduce.length === 0 ? {} : { combine: "sum" }),
    body: [...factors, load("x", index, dtype)].reduce((left, right) => mul(left, right)),
    index: indicesOf(axes),
  };
  const epilogue = beyond && select(beyond, attributes.extrapolationValue, accumulator());
  return {
    outer: [],
    inputs: kernelInputs(OPERANDS, [x]),
    constants: resized.flatMap((dim) => dim.constants),
    temporaries: [],
    computes: [epilogue === undefined ? compute : { ...compute, epilogue }],
    output,
  };
}

interface Resized {
  readonly index: Index;
  readonly constants: Kernel["constants"];
  /** The axis over taps and the weight of one, where there is more than one. */
  readonly reduce: readonly Axis[];
  readonly weights: readonly Expr[];
  /** Whether an output has nothing to look at. */
  readonly outside: readonly Expr[];
}

/** Tables for one dimension. */
function resizedDim(axis: Axis, input: number, { count, at, weight, outside }: Taps): Resized {
  const k: Axis = { name: `k${axis.name}`, extent: count };
  const reduce = count === 1 ? [] : [k];
  const dims = [axis, ...reduce].map((one) => one.extent);
  const indices = indicesOf([axis, ...reduce]);
  const [where, weighs, lacks] = ["index", "weight", "outside"].map(
    (table) => `${table}_${axis.name}`,
  ) as [string, string, string];
  const table = (name: string, dtype: DType, over: readonly number[], data: TensorData) => ({
    name,
    value: { type: { dtype, dims: over }, data },
  });
  return {
    index: opaqueIndex(load(where, indices, "i32"), 0, input - 1),
    constants: [
      table(where, "i32", dims, at),
      ...(count === 1 ? [] : [table(weighs, "f32", dims, weight)]),
      ...(outside === undefined ? [] : [table(lacks, "bool", [axis.extent], outside)]),
    ],
    reduce,
    weights: count === 1 ? [] : [load(weighs, indices)],
    outside: outside === undefined ? [] : [load(lacks, [axisIndex(axis)], "bool")],
  };
}
