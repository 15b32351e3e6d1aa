/** cumSum: running sums along an axis. */
import { z } from "zod";
import { addIndex, axisIndex } from "../compute/affine.js";
import { add, load } from "../compute/expr.js";
import { scalarOf, type Compute, type Expr } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";
import { NUMBER } from "./pointwiseOp.js";

const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "axis", optional: true, becomes: "axis" },
];
const ZERO_OUTSIDE = { mode: "constant", value: 0 } as const;

/**
 * out[i] = Σ x[j] over j ≤ i, or j < i with `exclusive`, or from the other end with `reverse` (ONNX CumSum). The
 * sums are made by doubling (Hillis & Steele 1986), so that n elements take n · log2 n steps and no loop carries
 * a value:
 *
 *   sum1[i] = x[i] + x[i − 1];  sum2[i] = sum1[i] + sum1[i − 2];  sum4[i] = sum2[i] + sum2[i − 4]; …
 */
export const cumSum = defineOp({
  name: "cumSum",
  operands: OPERANDS,
  attributes: z.strictObject({
    axis: z.int(),
    exclusive: z.boolean().default(false),
    reverse: z.boolean().default(false),
  }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    if (!NUMBER.includes(x.dtype)) {
      reject("type-mismatch", `x is ${formatType(x)}, expected ${NUMBER.join(", ")}`, "cast it");
    }
    return { type: x, attributes: { ...given, axis: normalizeAxis(given.axis, x.dims.length) } };
  },
  compute({ inputs, attributes: { axis, exclusive, reverse }, output }) {
    const all = axesOf(output.dims);
    const along = all[axis]!;
    const dtype = scalarOf(output.dtype);
    const back = reverse ? 1 : -1;
    const outer = all.filter((one) => one !== along);
    /** The sum that `source` has `distance` elements before. */
    const read = (source: string, distance: number): Expr => {
      const shift = back * (distance + (source === "x" && exclusive ? 1 : 0));
      const at = addIndex(axisIndex(along), shift);
      const index = source === "x" ? indicesOf(all).with(axis, at) : [at];
      return load(source, index, dtype, shift === 0 ? undefined : ZERO_OUTSIDE);
    };
    const computes: Compute[] = [];
    let source = "x";
    for (let distance = 1; distance < along.extent; distance *= 2) {
      const last = distance * 2 >= along.extent;
      const target = last ? "out" : `sum${distance}`;
      const index = last ? indicesOf(all) : [axisIndex(along)];
      const body = add(read(source, 0), read(source, distance));
      computes.push({ target, axes: [along], reduce: [], body, index });
      source = target;
    }
    if (computes.length === 0) {
      const index = indicesOf(all);
      computes.push({ target: "out", axes: [along], reduce: [], body: read("x", 0), index });
    }
    return {
      outer,
      inputs: kernelInputs(OPERANDS, [inputs[0]]),
      constants: [],
      temporaries: computes
        .slice(0, -1)
        .map(({ target }) => ({ name: target, dtype, dims: [along.extent] })),
      computes,
      output,
    };
  },
  layout: "operand",
});
