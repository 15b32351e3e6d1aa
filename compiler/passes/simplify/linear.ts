/** A matrix product with a constant matrix is a linear layer, which can take a bias and a folded norm. */
import type { Rule } from "../../graph/rewrite/rule.js";
import { permuteTensor } from "../../graph/stridedCopy.js";

/** matmul(x: [n,t,in], @w: [in,out]) => matmul(x, @w.transposed: [out,in]) {axis=2} */
const constantMatmul: Rule = {
  name: "constant-matmul",
  match(node, context) {
    if (node.op !== "matmul" || node.attributes.axis !== undefined) return undefined;
    const [x, w] = node.inputs;
    const constant = context.constant(w);
    const rank = context.type(x!).dims.length;
    if (constant?.type.dims.length !== 2 || rank < 2 || context.constant(x) !== undefined) {
      return undefined;
    }
    const value = context.value(w);
    if (value === undefined) return undefined;
    const { type, data } = permuteTensor(value, [1, 0]);
    const name = context.fresh(`${constant.name}.transposed`);
    return {
      constants: [{ name, type, source: { kind: "data", data } }],
      node: { op: "matmul", inputs: [x, `@${name}`], attributes: { axis: rank - 1 } },
    };
  },
};

export const linearRules: readonly Rule[] = [constantMatmul];
