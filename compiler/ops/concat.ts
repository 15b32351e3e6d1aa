/** concat: the operands one after the other along an axis, each written by a Compute of its own. */
import { z } from "zod";
import { addIndex } from "../compute/affine.js";
import { load } from "../compute/expr.js";
import { scalarOf, type Compute } from "../compute/ir.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, operandName, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x", variadic: true }];

export const concat = defineOp({
  name: "concat",
  operands: OPERANDS,
  attributes: z.strictObject({ axis: z.int() }),
  infer(inputs, given) {
    const types = inputs.map((_, position) => typeOf(inputs, position));
    const first = typeOf(inputs, 0);
    const axis = normalizeAxis(given.axis, first.dims.length);
    types.forEach((type, position) => checkOperand(first, type, position, axis));
    const total = types.reduce((sum, type) => sum + type.dims[axis]!, 0);
    const dims = first.dims.map((dim, i) => (i === axis ? total : dim));
    return { type: { dtype: first.dtype, dims }, attributes: { axis } };
  },
  compute({ inputs, attributes, output }) {
    const types = inputs.filter((type) => type !== undefined);
    let start = 0;
    const computes = types.map((type, position): Compute => {
      const axes = axesOf(type.dims);
      const indices = indicesOf(axes);
      const name = operandName({ operands: OPERANDS }, position);
      const body = load(name, indices, scalarOf(type.dtype));
      const at = start;
      start += type.dims[attributes.axis]!;
      const index = indices.map((one, i) => (i === attributes.axis ? addIndex(one, at) : one));
      return { target: "out", axes, reduce: [], body, index };
    });
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes,
      output,
    };
  },
  view: ({ attributes }) => ({ kind: "concat", axis: attributes.axis }),
  layout: "operand",
  tolerance: 0,
});

function checkOperand(first: TensorType, type: TensorType, position: number, axis: number): void {
  const both = `operand 0 is ${formatType(first)} and operand ${position} is ${formatType(type)}`;
  if (type.dtype !== first.dtype) reject("type-mismatch", `${both}: their dtypes differ`);
  if (type.dims.length !== first.dims.length) {
    reject("shape-mismatch", `${both}: their numbers of dimensions differ`);
  }
  const wrong = type.dims.findIndex((dim, i) => i !== axis && dim !== first.dims[i]);
  if (wrong >= 0) {
    const numbers = `${first.dims[wrong]} and ${type.dims[wrong]}`;
    const message = `dimension ${wrong} is ${numbers}, but only axis ${axis} may differ`;
    reject("shape-mismatch", `${both}: ${message}`);
  }
}
