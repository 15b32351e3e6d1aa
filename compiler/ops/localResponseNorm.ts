/** Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3). */
import { z } from "zod";
import { addIndex, axisIndex } from "../kernel/affine.js";
import { accumulator, add, binary, load, mul } from "../kernel/expr.js";
import { formatType } from "../tensor.js";
import { axesOf, kernelInputs } from "./axes.js";
import { defineOp, reject } from "./op.js";

const operands = [{ name: "x" }] as const;

/** x · (bias + alpha / size · Σ x²)^−beta, the sum over `size` channels around each. */
export const localResponseNorm = defineOp({
  name: "localResponseNorm",
  operands,
  attributes: z.strictObject({
    size: z
      .int()
      .min(1)
      .max(2 ** 16),
    alpha: z.number().default(1e-4),
    beta: z.number().default(0.75),
    bias: z.number().default(1),
  }),
  layout: "operand",
  infer([x]) {
    if (x!.type.dims.length < 3 || x!.type.dtype !== "f32") {
      reject("shape-mismatch", `x is ${formatType(x!.type)}, f32[n, c, spatial…] is wanted`);
    }
    return { type: x!.type };
  },
  compute({ inputs, attributes: { size, alpha, beta, bias }, output }) {
    const axes = axesOf(output.dims);
    const index = axes.map(axisIndex);
    const tap = { name: "k", extent: size };
    const near = index.map((one, d) =>
      d === 1 ? addIndex(one, axisIndex(tap), -Math.floor((size - 1) / 2)) : one,
    );
    const square = load("x", near, "f32", { mode: "constant", value: 0 });
    const scale = binary("pow", add(mul(accumulator(), alpha / size), bias), -beta);
    return {
      shared: [],
      inputs: kernelInputs(operands, inputs),
      constants: [],
      temporaries: [],
      computes: [
        {
          target: "out",
          axes,
          reduce: [tap],
          combine: "sum",
          body: mul(square, square),
          epilogue: mul(load("x", index), scale),
          index,
        },
      ],
      output,
    };
  },
});
