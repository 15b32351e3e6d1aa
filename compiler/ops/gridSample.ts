/** gridSample: x looked at where a grid says (Jaderberg et al. 2015), by nearest, linear or cubic interpolation. */
import { z } from "zod";
import {
  addIndex,
  axisIndex,
  constantIndex,
  indexExpr,
  opaqueIndex,
  ZERO,
} from "../compute/affine.js";
import {
  add,
  binary,
  cast,
  div,
  load,
  max,
  min,
  mul,
  select,
  sub,
  unary,
} from "../compute/expr.js";
import type { Axis, Compute, Expr, Kernel, Temporary } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { checkDTypes, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { keys } from "./formulas.js";
import { defineOp, reject, type ComputeContext, type OperandSpec } from "./op.js";
import { FLOAT } from "./pointwiseOp.js";
import { spatialAxes, spatialDims } from "./window.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }, { name: "grid" }];
const ATTRIBUTES = z.strictObject({
  mode: z.enum(["nearest", "linear", "cubic"]).default("linear"),
  /** What lies outside x: 0, the nearest edge, or x reflected at the edge. */
  padding: z.enum(["zeros", "border", "reflection"]).default("zeros"),
  /** Whether −1 and 1 are the centres of the first and the last element, or their outer edges. */
  alignCorners: z.boolean().default(false),
});
type Attributes = z.output<typeof ATTRIBUTES>;

const TAPS = { nearest: 1, linear: 2, cubic: 4 } as const;
/** As PyTorch and ONNX have it. */
const CUBIC_COEFFICIENT = -0.75;

/**
 * out[n, c, o…] = x[n, c, at grid[n, o…, :]], where the last coordinate of x comes first in the grid and each
 * runs from −1 to 1 (ONNX GridSample, torch grid_sample).
 */
export const gridSample = defineOp({
  name: "gridSample",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs) {
    checkDTypes(OPERANDS, inputs, FLOAT);
    const [x, grid] = [typeOf(inputs, 0), typeOf(inputs, 1)];
    const rank = spatialDims(x).length;
    const dims = grid.dims;
    if (dims.length !== rank + 2 || dims[0] !== x.dims[0] || dims.at(-1) !== rank) {
      const sizes = ["d", "h", "w"].slice(3 - rank).join(",");
      const message = `grid is ${formatType(grid)}, expected f32[${x.dims[0]},${sizes},${rank}]`;
      reject("shape-mismatch", `${message} for x ${formatType(x)}`);
    }
    return { type: { dtype: "f32", dims: [x.dims[0]!, x.dims[1]!, ...dims.slice(1, -1)] } };
  },
  compute: gridKernel,
  layout: "channels-last",
  /** A position is rounded to f32 before it is told apart from its neighbours. */
  tolerance: 32,
});

/** One spatial dimension: its name, size, the place of its coordinate in the grid, and its axis over taps. */
interface Dim {
  readonly name: string;
  readonly size: number;
  readonly component: number;
  readonly tap: Axis;
}

/** Per position of the output: where, then which elements with what weight; then every channel is their sum. */
function gridKernel({ inputs, attributes, output }: ComputeContext<Attributes>): Kernel {
  const x = inputs[0]!;
  const sizes = x.dims.slice(2);
  const taps = TAPS[attributes.mode];
  const n: Axis = { name: "n", extent: output.dims[0]! };
  const c: Axis = { name: "c", extent: output.dims[1]! };
  const o = spatialAxes("o", output.dims.slice(2));
  const k = spatialAxes(
    "k",
    sizes.map(() => taps),
  );
  const dims = sizes.map((size, d): Dim => {
    return { name: k[d]!.name, size, component: sizes.length - 1 - d, tap: k[d]! };
  });
  const steps = dims.map((dim) => stepsOf(dim, [n, ...o], attributes));
  const at = dims.map(({ name, size, tap }) => {
    const reach = attributes.padding === "zeros" ? BEYOND : 0;
    const which = taps === 1 ? ZERO : axisIndex(tap);
    return opaqueIndex(load(`at_${name}`, [which], "i32"), 0 - reach, size - 1 + reach);
  });
  const outside =
    attributes.padding === "zeros" ? ({ mode: "constant", value: 0 } as const) : undefined;
  const value = load("x", [axisIndex(n), axisIndex(c), ...at], "f32", outside);
  const weights = dims.map(({ name, tap }) => load(`weight_${name}`, [axisIndex(tap)]));
  const result: Compute = {
    target: "out",
    axes: [c],
    reduce: taps === 1 ? [] : k,
    ...(taps === 1 ? {} : { combine: "sum" as const }),
    body: taps === 1 ? value : [...weights, value].reduce((left, right) => mul(left, right)),
    index: indicesOf([n, c, ...o]),
  };
  return {
    outer: [n, ...o],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: steps.flatMap((step) => step.temporaries),
    computes: [...steps.flatMap((step) => step.computes), result],
    output,
  };
}

interface Steps {
  readonly temporaries: readonly Temporary[];
  readonly computes: readonly Compute[];
}

/** The position along one dimension, its taps at_k, and their weights. */
function stepsOf(dim: Dim, axes: readonly Axis[], attributes: Attributes): Steps {
  const { name, size, component, tap } = dim;
  const grid = load("grid", [...indicesOf(axes), constantIndex(component)]);
  const position = load(name, []);
  const low = unary("floor", position);
  const index = [axisIndex(tap)];
  const before = attributes.mode === "cubic" ? 1 : 0;
  const offset = indexExpr(addIndex(axisIndex(tap), -before));
  const distance = unary("abs", sub(cast("f32", offset), sub(position, low)));
  const one = { axes: [tap], reduce: [], index };
  const within = inside(add(cast("i32", low), offset), size, attributes);
  const weight = attributes.mode === "cubic" ? keys(distance, CUBIC_COEFFICIENT) : sub(1, distance);
  const weighs = attributes.mode !== "nearest";
  return {
    temporaries: [
      { name, dtype: "f32", dims: [] },
      { name: `at_${name}`, dtype: "i32", dims: [tap.extent] },
      ...(weighs ? [{ name: `weight_${name}`, dtype: "f32", dims: [tap.extent] } as const] : []),
    ],
    computes: [
      { target: name, axes: [], reduce: [], body: positionOf(grid, size, attributes), index: [] },
      { target: `at_${name}`, ...one, body: within },
      ...(weighs ? [{ target: `weight_${name}`, ...one, body: weight }] : []),
    ],
  };
}

/** Taps reach no further than this beyond the edge: where all taps are alike, positions outside are held. */
const BEYOND = 8;

/** The coordinate in elements; what lies beyond the edges is brought back as the padding says. */
function positionOf(grid: Expr, size: number, attributes: Attributes): Expr {
  const { mode, padding, alignCorners } = attributes;
  const shifted = add(grid, 1);
  const exact = alignCorners ? mul(div(shifted, 2), size - 1) : div(sub(mul(shifted, size), 1), 2);
  const position = mode === "nearest" ? unary("round", exact) : exact;
  if (padding === "zeros" || (padding === "border" && mode === "cubic")) {
    return min(max(position, -BEYOND / 2), size - 1 + BEYOND / 2);
  }
  const [low, high] = alignCorners ? [0, size - 1] : [-0.5, size - 0.5];
  const beyond = binary("or", binary("lt", position, low), binary("gt", position, high));
  const back =
    padding === "border" ? min(max(position, 0), size - 1) : reflected(position, low, high);
  return select(beyond, back, position);
}

/** Folds a position back and forth between two edges. */
function reflected(position: Expr, low: number, high: number): Expr {
  const range = high - low;
  if (range === 0) return mul(position, 0);
  const turned = binary("rem", unary("abs", sub(position, low)), 2 * range);
  return select(binary("le", turned, range), add(turned, low), sub(high + range, turned));
}

/** A tap as an index: as it is with zeros around x, else clamped or reflected by whole elements. */
function inside(tap: Expr, size: number, { padding, alignCorners }: Attributes): Expr {
  if (padding === "zeros") return tap;
  if (padding === "border" || size === 1) return min(max(tap, 0), size - 1);
  const period = alignCorners ? 2 * (size - 1) : 2 * size;
  const folded = binary("mod", tap, period);
  const mirrored = sub(alignCorners ? period : period - 1, folded);
  return select(binary("lt", folded, size), folded, mirrored);
}
