/** Resizing by nearest neighbour and (multi-)linear interpolation, from tables of indices and weights. */
import { z } from "zod";
import { axisIndex, opaqueIndex } from "../kernel/affine.js";
import { load, mul } from "../kernel/expr.js";
import type { Axis, Expr, Index, Kernel } from "../kernel/ir.js";
import { formatType, tensor, type TensorType } from "../tensor.js";
import { axesOf, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { tapsOf, type Tap } from "./resizeTaps.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "sizes", optional: true, becomes: "sizes" },
  { name: "scales", optional: true, becomes: "scales" },
];
const ATTRIBUTES = z.strictObject({
  /** Of the trailing dims; either these or scales. */
  sizes: z
    .array(
      z
        .int()
        .min(1)
        .max(2 ** 24),
    )
    .min(1)
    .readonly()
    .optional(),
  /** Output over input, of the trailing dims; sizes in canonical form where the two say the same. */
  scales: z
    .array(
      z
        .number()
        .positive()
        .max(2 ** 24),
    )
    .min(1)
    .readonly()
    .optional(),
  mode: z.enum(["nearest", "linear"]).default("nearest"),
  coordinates: z
    .enum(["halfPixel", "pytorchHalfPixel", "asymmetric", "alignCorners"])
    .default("halfPixel"),
  /** How `nearest` rounds a coordinate. */
  nearest: z
    .enum(["roundPreferFloor", "roundPreferCeil", "floor", "ceil"])
    .default("roundPreferFloor"),
});
type Attributes = z.output<typeof ATTRIBUTES>;

/** x resized along its trailing dims, without anti-aliasing; a size is floor(dim · scale) (ONNX, PyTorch). */
export const resize = defineOp({
  name: "resize",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const x = typeOf(inputs, 0);
    if (x.dtype !== "f32") {
      reject("type-mismatch", `x is ${formatType(x)}, expected f32`, "cast it");
    }
    const { sizes: given, scales, ...rest } = attributes;
    const lead = leadingDims(x, attributes);
    const dims = x.dims.map((dim, d) => {
      const size = d < lead ? dim : (given?.[d - lead] ?? Math.floor(dim * scales![d - lead]!));
      if (size >= 1) return size;
      return reject("shape-mismatch", `dimension ${d} of x ${formatType(x)} is resized to ${size}`);
    });
    const sizes = dims.slice(lead);
    const exact = scales?.every((scale, i) => scale * x.dims[lead + i]! === sizes[i]) ?? true;
    const type: TensorType = { dtype: x.dtype, dims };
    return { type, attributes: exact ? { ...rest, sizes } : { ...rest, scales } };
  },
  compute: resizeKernel,
  layout: "channels-last",
});

/** How many dims in front keep their size. Throws bad-attribute unless there is one list, not too long. */
function leadingDims(x: TensorType, { sizes, scales }: Attributes): number {
  if ((sizes === undefined) === (scales === undefined)) {
    const which = sizes === undefined ? "neither" : "both";
    return reject("bad-attribute", `resize needs either sizes or scales, ${which} is given`);
  }
  const count = (sizes ?? scales)!.length;
  if (count <= x.dims.length) return x.dims.length - count;
  return reject("bad-attribute", `${count} dimensions to resize, but x is ${formatType(x)}`);
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
  const lead = leadingDims(x, attributes);
  const resized = axes.map((axis, d) => {
    const scale = d < lead ? 1 : attributes.scales?.[d - lead];
    if (x.dims[d] === axis.extent && (scale ?? 1) === 1) {
      return { index: axisIndex(axis), constants: [], reduce: [], weights: [] };
    }
    const taps = tapsOf({ input: x.dims[d]!, output: axis.extent, scale }, attributes);
    return resizedDim(axis, x.dims[d]!, taps);
  });
  const reduce = resized.flatMap((dim) => dim.reduce);
  const value = load(
    "x",
    resized.map((dim) => dim.index),
  );
  const [first, ...others] = resized.flatMap((dim) => dim.weights);
  const weight = others.reduce<Expr | undefined>((left, right) => left && mul(left, right), first);
  return {
    shared: [],
    inputs: kernelInputs(OPERANDS, [x]),
    constants: resized.flatMap((dim) => dim.constants),
    temporaries: [],
    computes: [
      {
        target: "out",
        axes,
        reduce,
        ...(reduce.length === 0 ? {} : { combine: "sum" as const }),
        body: weight === undefined ? value : mul(weight, value),
        index: indicesOf(axes),
      },
    ],
    output,
  };
}

interface ResizedDim {
  readonly index: Index;
  readonly constants: Kernel["constants"];
  /** The axis over taps and the weight of one, where there is more than one. */
  readonly reduce: readonly Axis[];
  readonly weights: readonly Expr[];
}

/** Tables for one dimension; `taps` are those of every output, equally many each. */
function resizedDim(axis: Axis, input: number, taps: readonly (readonly Tap[])[]): ResizedDim {
  const count = taps[0]!.length;
  const k: Axis = { name: `k${axis.name}`, extent: count };
  const reduce = count === 1 ? [] : [k];
  const dims = [axis, ...reduce].map((one) => one.extent);
  const at = indicesOf([axis, ...reduce]);
  const all = taps.flat();
  const [where, weight] = [`index_${axis.name}`, `weight_${axis.name}`];
  const indices = all.map((tap) => tap.at);
  const weights = all.map((tap) => tap.weight);
  return {
    index: opaqueIndex(load(where, at, "i32"), 0, input - 1),
    constants: [
      { name: where, value: tensor("i32", dims, indices) },
      ...(count === 1 ? [] : [{ name: weight, value: tensor("f32", dims, weights) }]),
    ],
    reduce,
    weights: count === 1 ? [] : [load(weight, at)],
  };
}
