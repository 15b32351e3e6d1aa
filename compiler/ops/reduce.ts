/** Reductions over any dims: mean, sum, max, min and product. */
import { z } from "zod";
import { ZERO } from "../kernel/affine.js";
import { accumulator, div, load } from "../kernel/expr.js";
import { scalarOf, type Combine, type Compute } from "../kernel/ir.js";
import { elementCount, formatType, type DType, type TensorType } from "../tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxes, typeOf } from "./axes.js";
import { reject, type Op, type OperandSpec } from "./op.js";
import { NUMBER, ORDERED } from "./pointwiseOp.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "axes", optional: true, becomes: "axes" },
];
const ATTRIBUTES = z.strictObject({
  /** All of them by default; written out in canonical form. */
  axes: z.array(z.int()).readonly().optional(),
  keepDims: z.boolean().default(true),
});

function reduction<const Name extends string>(
  name: Name,
  combine: Combine,
  rest: { readonly mean?: true; readonly dtypes: readonly DType[]; readonly tolerance?: number },
): Op<Name, typeof ATTRIBUTES> {
  return {
    name,
    operands: OPERANDS,
    attributes: ATTRIBUTES,
    infer(inputs, { axes: given, keepDims }) {
      const x = typeOf(inputs, 0);
      if (!rest.dtypes.includes(x.dtype)) {
        const expected = rest.dtypes.join(", ");
        reject("type-mismatch", `x is ${formatType(x)}, expected ${expected}`, "cast it");
      }
      const axes = given === undefined ? [...x.dims.keys()] : normalizeAxes(given, x.dims.length);
      const dims = reducedDims(x.dims, axes, keepDims);
      return { type: { dtype: x.dtype, dims }, attributes: { axes, keepDims } };
    },
    compute: ({ inputs, attributes, output }) => ({
      shared: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [reductionCompute(inputs[0]!, attributes, combine, rest.mean === true)],
      output,
    }),
    layout: "operand",
    ...(rest.tolerance === undefined ? {} : { tolerance: rest.tolerance }),
  };
}

function reductionCompute(
  x: TensorType,
  { axes, keepDims }: z.output<typeof ATTRIBUTES>,
  combine: Combine,
  mean: boolean,
): Compute {
  const reduced = new Set(axes);
  const all = axesOf(x.dims);
  const reduce = all.filter((_, i) => reduced.has(i));
  const dtype = scalarOf(x.dtype);
  const count = elementCount(reduce.map((axis) => axis.extent));
  const index = indicesOf(all).map((one, i) => (reduced.has(i) ? ZERO : one));
  return {
    target: "out",
    axes: all.filter((_, i) => !reduced.has(i)),
    reduce,
    combine,
    body: load("x", indicesOf(all), dtype),
    ...(mean ? { epilogue: div(accumulator(dtype), count) } : {}),
    index: index.filter((_, i) => keepDims || !reduced.has(i)),
  };
}

/** The dims that are left when `axes` are reduced: ones in their place, or nothing. */
export function reducedDims(
  dims: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): number[] {
  const reduced = new Set(axes);
  if (keepDims) return dims.map((dim, i) => (reduced.has(i) ? 1 : dim));
  return dims.filter((_, i) => !reduced.has(i));
}

/** The sum divided by the count; truncated for integers. */
export const reduceMean = reduction("reduceMean", "sum", { mean: true, dtypes: NUMBER });
export const reduceSum = reduction("reduceSum", "sum", { dtypes: NUMBER });
export const reduceMax = reduction("reduceMax", "max", { dtypes: ORDERED, tolerance: 0 });
export const reduceMin = reduction("reduceMin", "min", { dtypes: ORDERED, tolerance: 0 });
export const reduceProd = reduction("reduceProd", "prod", { dtypes: NUMBER });

export const reductions = { reduceMean, reduceSum, reduceMax, reduceMin, reduceProd } as const;
