/** topKIndices: where the largest or smallest elements along an axis lie, by sorting them or, of a few, one by one. */
import { z } from "zod";
import { axisIndex } from "../compute/affine.js";
import { load } from "../compute/expr.js";
import { scalarOf, type Axis } from "../compute/ir.js";
import { formatType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, normalizeAxis, typeOf } from "./axes.js";
import { defineOp, reject, type OperandSpec } from "./op.js";
import { ORDERED } from "./pointwiseOp.js";
import { blockSize, mergeSort, orderKey, selectFirst } from "./sorting.js";

/** So many elements are looked at while one is chosen as are while one is sorted into its place, by time. */
const LOOKS = 2;
const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "k", optional: true, becomes: "k" },
];

/**
 * Places of the k largest (or smallest) elements along an axis, in order; of equal ones the first comes first
 * (ONNX TopK, whose values are gatherElements of these). NaN is larger than anything, as in numpy and PyTorch.
 */
export const topKIndices = defineOp({
  name: "topKIndices",
  operands: OPERANDS,
  attributes: z.strictObject({
    k: z.int().min(0),
    axis: z.int().default(-1),
    largest: z.boolean().default(true),
  }),
  infer(inputs, given) {
    const x = typeOf(inputs, 0);
    if (!ORDERED.includes(x.dtype)) {
      reject("type-mismatch", `x is ${formatType(x)}, expected ${ORDERED.join(", ")}`, "cast it");
    }
    const axis = normalizeAxis(given.axis, x.dims.length);
    if (given.k > x.dims[axis]!) {
      const message = `k is ${given.k}, but axis ${axis} of ${formatType(x)} has ${x.dims[axis]}`;
      reject("bad-attribute", message);
    }
    return {
      type: { dtype: "i32", dims: x.dims.with(axis, given.k) },
      attributes: { ...given, axis },
    };
  },
  compute({ inputs, attributes: { k, axis, largest }, output }) {
    const x = inputs[0]!;
    const all = axesOf(x.dims);
    const along = all[axis]!;
    const place: Axis = { name: "j", extent: k };
    const key = orderKey(load("x", indicesOf(all), scalarOf(x.dtype)), largest);
    const few = k * blockSize(along.extent) <= LOOKS * along.extent * Math.log2(along.extent);
    const ordering = few ? selectFirst(along, key, k) : mergeSort(along, key);
    return {
      outer: all.filter((one) => one !== along),
      inputs: kernelInputs(OPERANDS, [x]),
      constants: [],
      temporaries: ordering.temporaries,
      computes: [
        ...ordering.computes,
        {
          target: "out",
          axes: [place],
          reduce: [],
          body: ordering.at(axisIndex(place)),
          index: indicesOf(all.with(axis, place)),
        },
      ],
      output,
    };
  },
  layout: "operand",
  tolerance: 0,
});
