/** Padding by a constant, reflection, the edge, or the other side; negative constant pads crop. */
import { z } from "zod";
import { addIndex, axisIndex } from "../kernel/affine.js";
import { load } from "../kernel/expr.js";
import { scalarOf } from "../kernel/ir.js";
import { axesOf, kernelInputs } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const LARGEST = 2 ** 24;

const operands: readonly OperandSpec[] = [
  { name: "x" },
  { name: "pads", optional: true, becomes: "pads" },
];

/** out[i] = x[i − begin], and what `mode` says where that is outside. Pads are [begins…, ends…] over all dims. */
export const pad = defineOp({
  name: "pad",
  operands,
  attributes: z.strictObject({
    pads: z.array(z.int().min(-LARGEST).max(LARGEST)).readonly(),
    mode: z.enum(["constant", "reflect", "replicate", "circular"]).default("constant"),
    value: z.number().default(0),
  }),
  layout: "operand",
  tolerance: 0,
  infer([x], { pads, mode }) {
    const { dims, dtype } = x!.type;
    const rank = dims.length;
    if (pads.length !== 2 * rank)
      reject(
        "bad-attribute",
        `pads has ${pads.length} numbers, ${2 * rank} are wanted: all begins, then all ends`,
      );
    const padded = dims.map((dim, d) => {
      const sides = [pads[d]!, pads[d + rank]!];
      const limit = mode === "reflect" ? dim - 1 : mode === "circular" ? dim : LARGEST;
      if (Math.max(...sides) > limit)
        reject(
          "bad-attribute",
          `${mode} padding of ${Math.max(...sides)} needs more than ${dim} elements`,
        );
      if (mode !== "constant" && Math.min(...sides) < 0)
        reject("bad-attribute", `${mode} padding cannot be negative`);
      const size = dim + sides[0]! + sides[1]!;
      if (size < 1) reject("bad-dimension", `dimension ${d} comes out as ${size}`);
      return size;
    });
    return { type: { dtype, dims: padded } };
  },
  compute({ inputs, attributes: { pads, mode, value }, output }) {
    const axes = axesOf(output.dims);
    const index = axes.map((axis, d) => addIndex(axisIndex(axis), -pads[d]!));
    const outside = mode === "constant" ? { mode, value } : { mode };
    return {
      shared: [],
      inputs: kernelInputs(operands, inputs),
      constants: [],
      temporaries: [],
      computes: [
        {
          target: "out",
          axes,
          reduce: [],
          body: load("x", index, scalarOf(output.dtype), outside),
          index: axes.map(axisIndex),
        },
      ],
      output,
    };
  },
});
