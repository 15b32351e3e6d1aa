/** shape and size: what a type says, as values; known before anything runs. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { load } from "../compute/expr.js";
import type { Axis } from "../compute/ir.js";
import { elementCount, tensor, type Tensor, type TensorType } from "../base/tensor.js";
import { kernelInputs, typeOf } from "./axes.js";
import { defineOp, type Op, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];

/** An op whose output is what `valueOf` makes of the operand's type. */
function typeOnly<const Name extends string, Schema extends z.ZodObject>(
  name: Name,
  attributes: Schema,
  valueOf: (x: TensorType, attributes: z.output<Schema>) => Tensor,
): Op<Name, Schema> {
  return defineOp({
    name,
    operands: OPERANDS,
    attributes,
    infer(inputs, given) {
      const value = valueOf(typeOf(inputs, 0), given);
      return { type: value.type, value };
    },
    compute({ inputs, attributes: given, output }) {
      const value = valueOf(inputs[0]!, given);
      const axes: Axis[] = output.dims.map((extent) => ({ name: "c", extent }));
      const index = axes.map((axis) => axisIndex(axis));
      return {
        outer: [],
        inputs: kernelInputs(OPERANDS, inputs),
        constants: [{ name: "value", value }],
        temporaries: [],
        computes: [{ target: "out", axes, reduce: [], body: load("value", index, "i32"), index }],
        output,
      };
    },
    layout: "row-major",
    tolerance: 0,
  });
}

/** The dims of x from `start` to `end`, counted from the end where they are negative (ONNX Shape). */
export const shape = typeOnly(
  "shape",
  z.strictObject({ start: z.int().default(0), end: z.int().optional() }),
  ({ dims }, { start, end }) => {
    const part = dims.slice(start, end);
    return tensor("i64", [part.length], part);
  },
);

/** How many elements x has. */
export const size = typeOnly("size", z.strictObject({}), ({ dims }) =>
  tensor("i64", [], [elementCount(dims)]),
);
