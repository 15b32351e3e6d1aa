/** Pools to a given size: output i is over elements floor(i · L / O) to ceil((i + 1) · L / O) of a dimension. */
import { z } from "zod";
import { addIndex, axisIndex, indexExpr, opaqueIndex, scaleIndex } from "../compute/affine.js";
import { accumulator, binary, constant, div, load, select } from "../compute/expr.js";
import {
  identityOf,
  scalarOf,
  type Axis,
  type Compute,
  type Expr,
  type Index,
  type Scalar,
} from "../compute/ir.js";
import type { TensorType } from "../base/tensor.js";
import { indicesOf, kernelInputs } from "./axes.js";
import { reject, type Op } from "./op.js";
import { FLOAT, ORDERED } from "./pointwiseOp.js";
import { meanDivisor, POOL_OPERANDS, poolOperand } from "./pool.js";
import { perSpatialDim, spatialAxes } from "./window.js";

const ATTRIBUTES = z.strictObject({
  outputSize: z
    .array(
      z
        .int()
        .min(1)
        .max(2 ** 24),
    )
    .readonly(),
});

/** The windows along one dimension of `input` elements. */
interface AdaptiveDim {
  readonly input: number;
  readonly output: number;
  /** The elements of the largest window. */
  readonly kernel: number;
  /** The elements of every window. */
  readonly counts: Float64Array;
}

function adaptiveDim(input: number, output: number): AdaptiveDim {
  const counts = Float64Array.from(
    { length: output },
    (_, i) => Math.ceil(((i + 1) * input) / output) - Math.floor((i * input) / output),
  );
  const kernel = counts.reduce((most, count) => Math.max(most, count), 1);
  return { input, output, kernel, counts };
}

function adaptivePool<const Name extends string>(
  name: Name,
  combine: "max" | "sum",
): Op<Name, typeof ATTRIBUTES> {
  return {
    name,
    operands: POOL_OPERANDS,
    attributes: ATTRIBUTES,
    infer(inputs, { outputSize }) {
      const x = poolOperand(inputs, combine === "max" ? ORDERED : FLOAT);
      const size = perSpatialDim(outputSize, x.dims.length - 2, "outputSize");
      x.dims.slice(2).forEach((input, i) => rejectInexact(input, size[i]!, i));
      return { type: { dtype: x.dtype, dims: [...x.dims.slice(0, 2), ...size] } };
    },
    compute({ inputs, output }) {
      const x = inputs[0]!;
      const dims = x.dims.slice(2).map((input, i) => adaptiveDim(input, output.dims[2 + i]!));
      const compute = adaptiveCompute(x, output, dims, combine);
      const { divisor, constants } = meanDivisor(
        dims.map((dim) => dim.counts),
        spatialAxes("o", output.dims.slice(2)),
      );
      const epilogue = combine === "sum" ? { epilogue: div(accumulator(), divisor) } : {};
      return {
        outer: [],
        inputs: kernelInputs(POOL_OPERANDS, [x]),
        constants: combine === "sum" ? constants : [],
        temporaries: [],
        computes: [{ ...compute, ...epilogue }],
        output,
      };
    },
    layout: "channels-last",
    ...(combine === "max" ? { tolerance: 0 } : {}),
  };
}

/** Window bounds are computed as i32 products. */
function rejectInexact(input: number, output: number, i: number): void {
  if ((output + 1) * (input + 1) < 2 ** 31) return;
  const message = `spatial dimension ${i}: ${input} elements to ${output}`;
  reject("too-large", `${message}: their product must stay below 2147483648`);
}

function adaptiveCompute(
  x: TensorType,
  output: TensorType,
  dims: readonly AdaptiveDim[],
  combine: "max" | "sum",
): Compute {
  const dtype = scalarOf(x.dtype);
  const maps = ["n", "c"].map((name, i): Axis => ({ name, extent: output.dims[i]! }));
  const o = spatialAxes("o", output.dims.slice(2));
  const k = spatialAxes(
    "k",
    dims.map((dim) => dim.kernel),
  );
  const at = dims.map((dim, i) => windowIndex(dim, o[i]!, k[i]!));
  const value = load("x", [...indicesOf(maps), ...at], dtype);
  const inside = dims.flatMap((dim, i) => insideWindow(dim, o[i]!, k[i]!));
  return {
    target: "out",
    axes: [...maps, ...o],
    reduce: k,
    combine,
    body: masked(value, inside, identityOf(combine, dtype), dtype),
    index: indicesOf([...maps, ...o]),
  };
}

/** Element k of window o; affine where the windows are all alike, else clamped to the dimension. */
function windowIndex({ input, output, counts }: AdaptiveDim, o: Axis, k: Axis): Index {
  const stride = input / output;
  if (Number.isInteger(stride)) return addIndex(scaleIndex(axisIndex(o), stride), axisIndex(k));
  const start = indexExpr(startIndex(input, output, o));
  const same = counts.every((count) => count === counts[0]);
  if (same) return addIndex(opaqueIndex(start, 0, input - counts[0]!), axisIndex(k));
  return opaqueIndex(binary("add", start, indexExpr(axisIndex(k))), 0, input - 1);
}

/** floor(o · input / output) */
function startIndex(input: number, output: number, o: Axis): Index {
  const value = binary("floordiv", indexExpr(scaleIndex(axisIndex(o), input)), output);
  return opaqueIndex(value, 0, Math.floor(((output - 1) * input) / output));
}

/** The condition that tap k lies before the end of window o; none where every window is as large as the largest. */
function insideWindow({ input, output, kernel, counts }: AdaptiveDim, o: Axis, k: Axis): Expr[] {
  if (counts.every((count) => count === kernel)) return [];
  const tap = addIndex(startIndex(input, output, o), axisIndex(k));
  // tap < ceil((o + 1) · input / output)  <=>  tap · output < (o + 1) · input
  const next = addIndex(scaleIndex(axisIndex(o), input), input);
  return [binary("lt", binary("mul", indexExpr(tap), output), indexExpr(next))];
}

function masked(value: Expr, conditions: readonly Expr[], neutral: number, dtype: Scalar): Expr {
  return conditions.reduceRight<Expr>(
    (inner, condition) => select(condition, inner, constant(neutral, dtype)),
    value,
  );
}

/** The mean of every window. */
export const adaptiveAveragePool = adaptivePool("adaptiveAveragePool", "sum");
/** The maximum of every window. */
export const adaptiveMaxPool = adaptivePool("adaptiveMaxPool", "max");
