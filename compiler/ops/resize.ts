/** Resizing by nearest neighbour and (multi-)linear interpolation, from tables of indices and weights. */
import { z } from "zod";
import { axisIndex, opaqueIndex } from "../kernel/affine.js";
import { load, mul } from "../kernel/expr.js";
import type { Axis, Expr, Index, Kernel } from "../kernel/ir.js";
import { formatType, tensor, type Tensor } from "../tensor.js";
import { axesOf, kernelInputs } from "./axes.js";
import { defineOp, reject, type ComputeContext } from "./op.js";

const operands = [{ name: "x" }] as const;

const attributes = z.strictObject({
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
  scales: z
    .array(
      z
        .number()
        .positive()
        .max(2 ** 16),
    )
    .min(1)
    .readonly()
    .optional(),
  mode: z.enum(["nearest", "linear"]).default("nearest"),
  coordinates: z
    .enum(["halfPixel", "pytorchHalfPixel", "asymmetric", "alignCorners"])
    .default("halfPixel"),
  nearest: z
    .enum(["roundPreferFloor", "roundPreferCeil", "floor", "ceil"])
    .default("roundPreferFloor"),
});

type Attributes = z.output<typeof attributes>;

/** Resizes the trailing dims that sizes or scales name; out = ⌊in · scale⌋ (ONNX). */
export const resize = defineOp({
  name: "resize",
  operands,
  attributes,
  layout: "channels-last",
  infer([x], given) {
    const { dims, dtype } = x!.type;
    const list = given.sizes ?? given.scales;
    if (list === undefined || (given.sizes !== undefined && given.scales !== undefined)) {
      return reject("bad-attribute", "either sizes or scales must be given");
    }
    if (list.length > dims.length)
      reject("bad-attribute", `${list.length} numbers for ${dims.length} dimensions`);
    if (dtype !== "f32" && given.mode === "linear")
      reject("type-mismatch", `x is ${formatType(x!.type)}; linear resizing computes in f32`);
    if (dtype !== "f32")
      reject("type-mismatch", `x is ${formatType(x!.type)}; resizing is f32 only`, "cast it");
    const lead = dims.length - list.length;
    const out = dims.map((dim, d) => {
      if (d < lead) return dim;
      const size = given.sizes?.[d - lead] ?? Math.floor(dim * given.scales![d - lead]!);
      if (size < 1) reject("bad-dimension", `dimension ${d} comes out as ${size}`);
      return size;
    });
    return { type: { dtype, dims: out } };
  },
  compute: resizeKernel,
});

interface Tap {
  readonly at: number;
  readonly weight: number;
}

/**
 * A dimension that keeps its size keeps its axis. The others read tables [out, taps] of where to look and how much it weighs:
 *
 *   out[n, c, oh, ow] = Σ th tw  wh[oh, th] · ww[ow, tw] · x[n, c, ih[oh, th], iw[ow, tw]]
 */
function resizeKernel({ inputs, attributes: given, output }: ComputeContext<Attributes>): Kernel {
  const { dims } = inputs[0]!;
  const axes = axesOf(output.dims);
  const lead = dims.length - (given.sizes ?? given.scales)!.length;
  const constants: { readonly name: string; readonly value: Tensor }[] = [];
  const reduce: Axis[] = [];
  let weights: Expr | undefined;
  const index = axes.map((axis, d): Index => {
    if (d < lead || (dims[d] === output.dims[d] && (given.scales?.[d - lead] ?? 1) === 1))
      return axisIndex(axis);
    const scale = given.scales?.[d - lead] ?? output.dims[d]! / dims[d]!;
    const rows = Array.from({ length: axis.extent }, (_, i) =>
      tapsOf(i, dims[d]!, axis.extent, scale, given),
    );
    const taps = rows[0]!.length;
    const tap: Axis = { name: `t${d}`, extent: taps };
    const at: Index[] = [axisIndex(axis), ...(taps > 1 ? [axisIndex(tap)] : [])];
    const shape = taps > 1 ? [axis.extent, taps] : [axis.extent];
    constants.push({
      name: `index${d}`,
      value: tensor(
        "i32",
        shape,
        rows.flat().map((one) => one.at),
      ),
    });
    if (taps > 1) {
      reduce.push(tap);
      constants.push({
        name: `weight${d}`,
        value: tensor(
          "f32",
          shape,
          rows.flat().map((one) => one.weight),
        ),
      });
      const weight = load(`weight${d}`, at);
      weights = weights === undefined ? weight : mul(weights, weight);
    }
    return opaqueIndex(load(`index${d}`, at, "i32"), 0, dims[d]! - 1);
  });
  const value = load("x", index);
  return {
    shared: [],
    inputs: kernelInputs(operands, inputs),
    constants,
    temporaries: [],
    computes: [
      {
        target: "out",
        axes,
        reduce,
        ...(reduce.length > 0 ? { combine: "sum" as const } : {}),
        body: weights === undefined ? value : mul(weights, value),
        index: axes.map(axisIndex),
      },
    ],
    output,
  };
}

/** Where output i looks in the input (ONNX Resize, coordinate_transformation_mode and nearest_mode). */
function tapsOf(
  i: number,
  from: number,
  to: number,
  scale: number,
  { mode, coordinates, nearest }: Attributes,
): Tap[] {
  const clamp = (at: number): number => Math.min(from - 1, Math.max(0, at));
  const at = coordinate(i, from, to, scale, coordinates);
  if (mode === "nearest") return [{ at: clamp(roundTo(at, nearest)), weight: 1 }];
  const low = Math.floor(at);
  return [
    { at: clamp(low), weight: 1 - (at - low) },
    { at: clamp(low + 1), weight: at - low },
  ];
}

function coordinate(
  i: number,
  from: number,
  to: number,
  scale: number,
  rule: Attributes["coordinates"],
): number {
  switch (rule) {
    case "halfPixel":
      return (i + 0.5) / scale - 0.5;
    case "pytorchHalfPixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "asymmetric":
      return i / scale;
    case "alignCorners":
      return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    default:
      return rule satisfies never;
  }
}

function roundTo(at: number, rule: Attributes["nearest"]): number {
  switch (rule) {
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    case "roundPreferFloor":
      return Math.ceil(at - 0.5);
    case "roundPreferCeil":
      return Math.floor(at + 0.5);
    default:
      return rule satisfies never;
  }
}
