/** Padding by a constant, reflection, the edge, or the other side; negative pads crop. */
import { z } from "zod";
import { addIndex, axisIndex } from "../compute/affine.js";
import { load } from "../compute/expr.js";
import { scalarOf, type Boundary } from "../compute/ir.js";
import { rangeOf } from "../base/numbers.js";
import { formatType, type TensorType } from "../base/tensor.js";
import { axesOf, indicesOf, kernelInputs, typeOf } from "./axes.js";
import { checkPads } from "./conv.js";
import { defineOp, reject, type OperandSpec } from "./op.js";

const MOST = 2 ** 24;
const OPERANDS: readonly OperandSpec[] = [
  { name: "x" },
  { name: "pads", optional: true, becomes: "pads" },
  { name: "value", optional: true, becomes: "value" },
];
const ATTRIBUTES = z.strictObject({
  /** [begins…, ends…] over all dims. */
  pads: z.array(z.int().min(-MOST).max(MOST)).readonly(),
  mode: z.enum(["constant", "reflect", "replicate", "circular"]).default("constant"),
  value: z.union([z.number(), z.literal(-Infinity), z.literal(Infinity)]).default(0),
});
type Attributes = z.output<typeof ATTRIBUTES>;

/** out[i] = x[i − begin], and what `mode` says where that is boundary; numpy's modes. */
export const pad = defineOp({
  name: "pad",
  operands: OPERANDS,
  attributes: ATTRIBUTES,
  infer(inputs, attributes) {
    const x = typeOf(inputs, 0);
    const { pads, mode } = attributes;
    const rank = x.dims.length;
    if (pads.length !== 2 * rank) {
      const message = `pads has ${pads.length} numbers, expected ${2 * rank}: begins, then ends`;
      reject("bad-attribute", `${message} (x: ${formatType(x)})`);
    }
    checkValue(x, attributes);
    const dims = x.dims.map((dim, d) => paddedDim(dim, d, pads[d]!, pads[rank + d]!, mode));
    return { type: { dtype: x.dtype, dims } };
  },
  compute({ inputs, attributes: { pads, mode, value }, output }) {
    const x = inputs[0]!;
    const axes = axesOf(output.dims);
    const index = axes.map((axis, d) => addIndex(axisIndex(axis), -pads[d]!));
    const boundary: Boundary = mode === "constant" ? { mode, value } : { mode };
    const leaves = pads.some((pad_) => pad_ > 0);
    const body = load("x", index, scalarOf(output.dtype), leaves ? boundary : undefined);
    return {
      outer: [],
      inputs: kernelInputs(OPERANDS, [x]),
      constants: [],
      temporaries: [],
      computes: [{ target: "out", axes, reduce: [], body, index: indicesOf(axes) }],
      output,
    };
  },
  layout: "operand",
  tolerance: 0,
});

/** Throws bad-attribute where x cannot hold the value. */
function checkValue(x: TensorType, { mode, value }: Attributes): void {
  const [low, high] = rangeOf(x.dtype === "i64" ? "i32" : x.dtype) ?? [];
  if (low === undefined || mode !== "constant") return;
  if (Number.isInteger(value) && value >= low && value <= high!) return;
  reject("bad-attribute", `value is ${value}, but x is ${formatType(x)}`);
}

function paddedDim(
  dim: number,
  d: number,
  begin: number,
  end: number,
  mode: Attributes["mode"],
): number {
  if (mode !== "constant" && Math.min(begin, end) < 0) {
    const message = `dimension ${d} has ${begin} + ${end} of padding: ${mode} cannot crop`;
    reject("bad-attribute", message, "crop with a slice before it");
  }
  checkPads(mode, d, dim, begin, end);
  if (mode === "replicate" && dim === 0 && begin + end > 0) {
    reject("shape-mismatch", `dimension ${d} is empty: there is no edge to replicate`);
  }
  const size = dim + begin + end;
  if (size < 0 || (size === 0 && dim > 0)) {
    const message = `dimension ${d} of ${dim} elements with ${begin} + ${end} of padding`;
    reject("shape-mismatch", `${message}: nothing is left`);
  }
  return size;
}
