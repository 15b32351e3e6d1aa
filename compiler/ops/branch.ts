/** branch: one of two values, as a condition says; what only the other is made of need not be computed. */
import { constantIndex } from "../compute/affine.js";
import { load, select } from "../compute/expr.js";
import { scalarOf } from "../compute/ir.js";
import { elementCount, formatType, sameDims } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { NONE } from "./pointwiseRow.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "condition" },
  { name: "then" },
  { name: "otherwise" },
];

export const branch = defineOp({
  name: "branch",
  operands: OPERANDS,
  attributes: NONE,
  infer(inputs) {
    const [condition, then, otherwise] = [0, 1, 2].map((i) => typeOf(inputs, i));
    if (condition!.dtype !== "bool")
      reject("type-mismatch", `condition is ${formatType(condition!)}, expected bool`, "cast it");
    if (elementCount(condition!.dims) !== 1)
      reject(
        "shape-mismatch",
        `condition is ${formatType(condition!)}, expected one element`,
        "where chooses each element by its own condition",
      );
    const both = `one side is ${formatType(then!)}, the other ${formatType(otherwise!)}`;
    if (then!.dtype !== otherwise!.dtype)
      reject("type-mismatch", `${both}: expected equal types`, "cast one of them");
    if (!sameDims(then!.dims, otherwise!.dims))
      reject("shape-mismatch", `${both}: expected equal shapes`, SAME_SHAPES);
    return { type: then! };
  },
  compute({ inputs, output }) {
    const axes = axesOf(output.dims);
    const index = indicesOf(axes);
    const [condition] = inputs;
    const first = condition!.dims.map(() => constantIndex(0));
    const dtype = scalarOf(output.dtype);
    const body = select(
      load("condition", first, "bool"),
      load("then", index, dtype),
      load("otherwise", index, dtype),
    );
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [{ target: "out", axes, reduce: [], body, index }],
      output,
    };
  },
  branches: { condition: "condition", then: "then", otherwise: "otherwise" },
  layout: "operand",
  tolerance: 0,
});

const SAME_SHAPES =
  "make the condition constant, or pad or slice what one side returns to the shape of the other";
