/** softmax and logSoftmax: the largest element is subtracted first, so that nothing overflows. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { accumulator, div, load, sub, unary } from "../compute/expr.js";
import type { Axis, Compute, Expr, Kernel, Temporary } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { type ComputeContext, type Op, type OperandSpec, reject } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];
const ATTRIBUTES = z.strictObject({ axis: z.int().default(-1) });
type Context = ComputeContext<z.output<typeof ATTRIBUTES>>;

/** Per position: max = max x, then what `steps` makes of x − max. */
function alongAxis<const Name extends string>(
  name: Name,
  steps: (along: Axis, shifted: Expr) => Steps,
): Op<Name, typeof ATTRIBUTES> {
  return {
    name,
    operands: OPERANDS,
    attributes: ATTRIBUTES,
    infer(inputs, given) {
      const x = typeOf(inputs, 0);
      if (x.dtype !== "f32") reject("type-mismatch", `x is ${formatType(x)}, expected f32`);
      return { type: x, attributes: { axis: normalizeAxis(given.axis, x.dims.length) } };
    },
    compute: (context) => kernelAlong(context, steps),
    layout: "operand",
  };
}

interface Steps {
  readonly temporaries: readonly Temporary[];
  /** Computes of the temporaries, in order. */
  readonly before: readonly Compute[];
  readonly result: Expr;
}

function kernelAlong(
  { inputs, attributes: { axis }, output }: Context,
  steps: (along: Axis, shifted: Expr) => Steps,
): Kernel {
  const all = axesOf(output.dims);
  const along = all[axis]!;
  const x = load("x", indicesOf(all));
  const { temporaries, before, result } = steps(along, sub(x, load("max", [])));
  const reduce = [along];
  return {
    outer: all.filter((axis) => axis !== along),
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [{ name: "max", dtype: "f32", dims: [] }, ...temporaries],
    computes: [
      { target: "max", axes: [], reduce, combine: "max", body: x, index: [] },
      ...before,
      { target: "out", axes: reduce, reduce: [], body: result, index: indicesOf(all) },
    ],
    output,
  };
}

function sumOf(along: Axis, body: Expr): Compute {
  return { target: "sum", axes: [], reduce: [along], combine: "sum", body, index: [] };
}

/** e^(x − max) / Σ e^(x − max) */
export const softmax = alongAxis("softmax", (along, shifted) => {
  const at = [axisIndex(along)];
  const power = load("e", at);
  return {
    temporaries: [
      { name: "e", dtype: "f32", dims: [along.extent] },
      { name: "sum", dtype: "f32", dims: [] },
    ],
    before: [
      { target: "e", axes: [along], reduce: [], body: unary("exp", shifted), index: at },
      sumOf(along, power),
    ],
    result: div(power, load("sum", [])),
  };
});

/** (x − max) − log Σ e^(x − max) */
export const logSoftmax = alongAxis("logSoftmax", (along, shifted) => ({
  temporaries: [{ name: "logSum", dtype: "f32", dims: [] }],
  before: [
    {
      ...sumOf(along, unary("exp", shifted)),
      target: "logSum",
      epilogue: unary("log", accumulator()),
    },
  ],
  result: sub(shifted, load("logSum", [])),
}));
