/**
 * rewrite-pointwise-convs: a 1×1 convolution is a matrix product over channels at every position, and
 * keeps its spatial dims.
 *
 *   %y = conv(%x, @w: [oc,ic,1,1], @b)     =>     %y = matmul(%x, @w.matrix: [oc,ic], @b) {axis=1}
 */
import type { Rule } from "../graph/rewrite/rule.js";
import { aliasConstant } from "./linear.js";
import type { Pass } from "./pass.js";
import { isUnpadded, windowOf } from "./spatial.js";

/** Strides, groups and pads keep a convolution what it is: a product would compute what is thrown away. */
const convToMatmul: Rule = {
  name: "conv-to-matmul",
  match(node, context) {
    if (node.op !== "conv" || node.attributes.groups !== 1) return undefined;
    const [x, w, bias] = node.inputs;
    const { zero } = node.attributes;
    const weight = context.constant(w);
    if (weight === undefined) return undefined;
    const [oc, ic, ...kernel] = weight.type.dims;
    const window = windowOf(node.attributes, kernel.length);
    if (kernel.some((extent) => extent !== 1) || !isUnpadded(window)) return undefined;
    if (window.strides.some((stride) => stride !== 1)) return undefined;
    const matrix = aliasConstant(context, weight, "matrix", [oc!, ic!]);
    return {
      constants: matrix.added,
      node: { op: "matmul", inputs: [x, matrix.operand, bias], attributes: { axis: 1, zero } },
    };
  },
};

export const rewritePointwiseConvs: Pass = {
  name: "rewrite-pointwise-convs",
  stages: [[convToMatmul]],
};
