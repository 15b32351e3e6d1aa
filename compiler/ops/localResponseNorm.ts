/** Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3). */
import { z } from "zod";
import { addIndex, axisIndex } from "../compute/affine.js";
import { accumulator, add, binary, load, mul } from "../compute/expr.js";
import type { Axis } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const OPERANDS: readonly OperandSpec[] = [{ name: "x" }];

/**
 * x · (bias + alpha / size · Σ x²)^−beta, the sum over channels c − floor((size − 1) / 2) to
 * c + ceil((size − 1) / 2) that exist (ONNX; PyTorch for odd sizes).
 */
export const localResponseNorm = defineOp({
  name: "localResponseNorm",
  operands: OPERANDS,
  attributes: z.strictObject({
    size: z
      .int()
      .min(1)
      .max(2 ** 16),
    alpha: z.number().default(1e-4),
    beta: z.number().default(0.75),
    bias: z.number().default(1),
  }),
  infer(inputs) {
    const x = typeOf(inputs, 0);
    if (x.dtype !== "f32") reject("type-mismatch", `x is ${formatType(x)}, expected f32`);
    if (x.dims.length < 2) reject("shape-mismatch", `x is ${formatType(x)}, expected [n, c, …]`);
    return { type: x };
  },
  compute({ inputs, attributes: { size, alpha, beta, bias }, output }) {
    const axes = axesOf(output.dims);
    const index = indicesOf(axes);
    const k: Axis = { name: "k", extent: size };
    const channel = addIndex(index[1]!, axisIndex(k), -Math.floor((size - 1) / 2));
    const boundary = size === 1 ? undefined : ({ mode: "constant", value: 0 } as const);
    const neighbour = load("x", index.with(1, channel), "f32", boundary);
    const scale = binary("pow", add(mul(accumulator(), alpha / size), bias), -beta);
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, inputs),
      constants: [],
      temporaries: [],
      computes: [
        {
          target: "out",
          axes,
          reduce: [k],
          combine: "sum",
          body: mul(neighbour, neighbour),
          epilogue: mul(load("x", index), scale),
          index,
        },
      ],
      output,
    };
  },
  layout: "channels-last",
});
