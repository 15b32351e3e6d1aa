/** resample: weighted sums along one axis, of the elements and with the weights that tables say, in integers or floats. */
import { z } from "zod";
import { axisIndex, opaqueIndex } from "../compute/affine.js";
import { accumulator, add, binary, cast, load, max, min, mul } from "../compute/expr.js";
import { scalarOf, type Axis, type Expr, type Kernel } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type ComputeContext, type Fact, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }, { name: "at" }, { name: "weight" }];
const shift = z.int().min(0).max(30).default(0);
const ATTRIBUTES = z.strictObject({
  axis: z.int().default(0),
  /** Of integers: bits that x loses before it is multiplied. */
  operandShift: shift,
  /** Of integers: bits that each product loses before it is added. */
  productShift: shift,
  /** Of integers: bits that the sum loses, rounded; what is left is held in 0 to 255. */
  shift,
});
type Attributes = z.output<typeof ATTRIBUTES>;

/**
 * out[b…, o, a…] = Σ k  weight[o, k] · x[b…, at[o, k], a…]; an index outside x is the nearest inside.
 *
 * With f32 weights x is taken as f32, and so is what comes out. With i32 weights sums wrap, and are i32; or
 * u8, (Σ k  (weight · (x >> operandShift)) >> productShift) + half >> shift, where there is a `shift`:
 * the arithmetic in fixed point of PIL and OpenCV, to the last bit.
 */
export const resample = defineOp({
  name: "resample",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, given) {
    const { x, at, weight } = operandsOf(inputs);
    const axis = normalizeAxis(given.axis, x.dims.length);
    if (x.dims[axis]! < 1) reject("shape-mismatch", `axis ${axis} of ${formatType(x)} is empty`);
    const dtype = resultOf(weight, given);
    const dims = x.dims.with(axis, at.dims[0]!);
    return { type: { dtype, dims }, attributes: { ...given, axis } };
  },
  compute: resampleKernel,
  layout: "operand",
});

interface Operands {
  readonly x: TensorType;
  readonly at: TensorType;
  readonly weight: TensorType;
}

function operandsOf(inputs: readonly (Fact | undefined)[]): Operands {
  const [x, at, weight] = [typeOf(inputs, 0), typeOf(inputs, 1), typeOf(inputs, 2)];
  if (at.dtype !== "i32" || at.dims.length !== 2) {
    reject("type-mismatch", `at is ${formatType(at)}, expected i32[size,taps]`);
  }
  if (
    (weight.dtype !== "i32" && weight.dtype !== "f32") ||
    weight.dims.length !== 2 ||
    weight.dims.some((dim, d) => dim !== at.dims[d])
  ) {
    const expected = `i32[${at.dims.join(",")}] or f32 of these dims`;
    reject("type-mismatch", `weight is ${formatType(weight)}, expected ${expected}`);
  }
  if (weight.dtype === "i32" && scalarOf(x.dtype) !== "i32") {
    reject("type-mismatch", `x is ${formatType(x)}, expected integers for weights of i32`);
  }
  return { x, at, weight };
}

function resultOf(weight: TensorType, attributes: Attributes): TensorType["dtype"] {
  const { operandShift, productShift, shift: last } = attributes;
  if (weight.dtype === "i32") return last > 0 ? "u8" : "i32";
  if (operandShift + productShift + last > 0) {
    reject("bad-attribute", "floats have no bits to shift", "give weights of i32");
  }
  return "f32";
}

function resampleKernel({ inputs, attributes, output }: ComputeContext<Attributes>): Kernel {
  const [x, at] = [inputs[0]!, inputs[1]!];
  const { axis, operandShift, productShift, shift: last } = attributes;
  const axes = axesOf(output.dims);
  const taps: Axis = { name: "k", extent: at.dims[1]! };
  const table = [axisIndex(axes[axis]!), axisIndex(taps)];
  const where = opaqueIndex(load("at", table, "i32"), 0, x.dims[axis]! - 1);
  const scalar = scalarOf(inputs[2]!.dtype);
  const index = indicesOf(axes).with(axis, where);
  const value = cast(scalar, load("x", index, scalarOf(x.dtype)));
  const product = mul(load("weight", table, scalar), shifted(value, operandShift));
  const sum = accumulator("i32");
  return {
    outer: [],
    inputs: kernelInputs(OPERANDS, inputs),
    constants: [],
    temporaries: [],
    computes: [
      {
        target: "out",
        axes,
        reduce: [taps],
        combine: "sum",
        body: shifted(product, productShift),
        ...(last === 0
          ? {}
          : { epilogue: min(max(shifted(add(sum, 2 ** (last - 1)), last), 0), 255) }),
        index: indicesOf(axes),
      },
    ],
    output,
  };
}

function shifted(value: Expr, bits: number): Expr {
  return bits === 0 ? value : binary("shr", value, bits);
}
