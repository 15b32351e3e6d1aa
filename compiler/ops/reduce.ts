/** Reductions over any dims: mean, sum, max, min, product, norms and logarithms of sums. */
import { z } from "zod";
import { ZERO } from "../compute/affine.js";
import { accumulator, add, binary, div, load, mul, select, sub, unary } from "../compute/expr.js";
import {
  scalarOf,
  type Axis,
  type Combine,
  type Compute,
  type Expr,
  type Index,
  type Kernel,
} from "../compute/ir.js";
import { elementCount, formatType, type DType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxes, typeOf } from "./axes.js";
import { reject, type ComputeContext, type Op, type OperandSpec } from "./op.js";
import { FLOAT, NUMBER, ORDERED } from "./pointwiseOp.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "axes", optional: true, becomes: "axes" },
];
const ATTRIBUTES = z.strictObject({
  /** All of them by default; written out in canonical form. */
  axes: z.array(z.int()).readonly().optional(),
  keepDims: z.boolean().default(true),
});
type Context = ComputeContext<z.output<typeof ATTRIBUTES>>;

interface Row {
  readonly combine: Combine;
  readonly dtypes: readonly DType[];
  /** What is combined; the elements themselves by default. */
  readonly body?: (x: Expr) => Expr;
  /** What becomes of the combined value; `count` elements were combined. */
  readonly epilogue?: (combined: Expr, count: number) => Expr;
  readonly tolerance?: number;
}

function reduction<const Name extends string>(name: Name, row: Row): Op<Name, typeof ATTRIBUTES> {
  return reducing(name, row, ({ inputs, attributes, output }) => ({
    outer: [],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [],
    computes: [reductionCompute(inputs[0]!, attributes, row)],
    output,
  }));
}

function reducing<const Name extends string>(
  name: Name,
  { dtypes, tolerance }: Pick<Row, "dtypes" | "tolerance">,
  compute: (context: Context) => Kernel,
): Op<Name, typeof ATTRIBUTES> {
  return {
    name,
    operands: OPERANDS,
    attributes: ATTRIBUTES,
    infer(inputs, { axes: given, keepDims }) {
      const x = typeOf(inputs, 0);
      if (!dtypes.includes(x.dtype)) {
        const expected = dtypes.join(", ");
        reject("type-mismatch", `x is ${formatType(x)}, expected ${expected}`, "cast it");
      }
      const axes = given === undefined ? [...x.dims.keys()] : normalizeAxes(given, x.dims.length);
      const dims = reducedDims(x.dims, axes, keepDims);
      return { type: { dtype: x.dtype, dims }, attributes: { axes, keepDims } };
    },
    compute,
    layout: "operand",
    ...(tolerance === undefined ? {} : { tolerance }),
  };
}

interface Split {
  readonly all: readonly Axis[];
  readonly kept: readonly Axis[];
  readonly reduce: readonly Axis[];
  /** Where the result lies in the output. */
  readonly index: readonly Index[];
}

/** The axes of x, those that stay and those that are reduced. */
function splitAxes(x: TensorType, { axes, keepDims }: Context["attributes"]): Split {
  const reduced = new Set(axes);
  const all = axesOf(x.dims);
  const index = indicesOf(all).map((one, i) => (reduced.has(i) ? ZERO : one));
  return {
    all,
    kept: all.filter((_, i) => !reduced.has(i)),
    reduce: all.filter((_, i) => reduced.has(i)),
    index: index.filter((_, i) => keepDims || !reduced.has(i)),
  };
}

function reductionCompute(x: TensorType, attributes: Context["attributes"], row: Row): Compute {
  const { all, kept, reduce, index } = splitAxes(x, attributes);
  const dtype = scalarOf(x.dtype);
  const count = elementCount(reduce.map((axis) => axis.extent));
  const value = load("x", indicesOf(all), dtype);
  return {
    target: "out",
    axes: kept,
    reduce,
    combine: row.combine,
    body: row.body?.(value) ?? value,
    ...(row.epilogue === undefined ? {} : { epilogue: row.epilogue(accumulator(dtype), count) }),
    index,
  };
}

/** log Σ eˣ as m + log Σ e^(x − m), where m is the maximum, or 0 if that is not finite. */
function logSumExpKernel({ inputs, attributes, output }: Context): Kernel {
  const { all, kept, reduce, index } = splitAxes(inputs[0]!, attributes);
  const x = load("x", indicesOf(all));
  const shift = load("max", []);
  const highest = accumulator();
  const finite = binary("lt", unary("abs", highest), Infinity);
  return {
    outer: kept,
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [{ name: "max", dtype: "f32", dims: [] }],
    computes: [
      {
        ...{ target: "max", axes: [], reduce, combine: "max", body: x, index: [] },
        epilogue: select(finite, highest, 0),
      },
      {
        ...{ target: "out", axes: [], reduce, combine: "sum", index },
        body: unary("exp", sub(x, shift)),
        epilogue: add(shift, unary("log", accumulator())),
      },
    ],
    output,
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

const square = (x: Expr): Expr => mul(x, x);

export const reductions = {
  /** The sum divided by the count; truncated for integers. */
  reduceMean: reduction("reduceMean", { combine: "sum", dtypes: NUMBER, epilogue: div }),
  reduceSum: reduction("reduceSum", { combine: "sum", dtypes: NUMBER }),
  reduceMax: reduction("reduceMax", { combine: "max", dtypes: ORDERED, tolerance: 0 }),
  reduceMin: reduction("reduceMin", { combine: "min", dtypes: ORDERED, tolerance: 0 }),
  reduceProd: reduction("reduceProd", { combine: "prod", dtypes: NUMBER }),
  /** Σ |x| */
  reduceL1: reduction("reduceL1", {
    combine: "sum",
    dtypes: NUMBER,
    body: (x) => unary("abs", x),
  }),
  /** √Σ x² */
  reduceL2: reduction("reduceL2", {
    combine: "sum",
    dtypes: FLOAT,
    body: square,
    epilogue: (sum) => unary("sqrt", sum),
  }),
  /** Σ x² */
  reduceSumSquare: reduction("reduceSumSquare", { combine: "sum", dtypes: NUMBER, body: square }),
  /** log Σ x */
  reduceLogSum: reduction("reduceLogSum", {
    combine: "sum",
    dtypes: FLOAT,
    epilogue: (sum) => unary("log", sum),
  }),
  /** log Σ eˣ */
  reduceLogSumExp: reducing("reduceLogSumExp", { dtypes: FLOAT }, logSumExpKernel),
} as const;
