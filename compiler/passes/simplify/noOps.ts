/** Nodes whose value is that of their operand. */
import type { Operand } from "../../graph/definition.js";
import type { Node } from "../../graph/graph.js";
import type { Rule } from "../../graph/rewrite/rule.js";
import { sameDims, sameType, type TensorType } from "../../base/tensor.js";
import { isUnpadded, windowOf } from "../spatial.js";

/** identity(x), reshape(x) {shape=dims of x}, pad(x) {pads=[0,0,0,0]}, concat(x), … => x */
const dropNoOp: Rule = {
  name: "drop-no-op",
  match(node, context) {
    const x = node.inputs[0];
    if (x === undefined) return undefined;
    const type = context.type(x);
    return sameType(type, node.type) && isNoOp(node, type) ? { use: x } : undefined;
  },
};

/** Whether a node of its operand's own type has its operand's value. */
function isNoOp(node: Node, x: TensorType): boolean {
  switch (node.op) {
    case "identity":
    case "dropout":
    case "cast":
    case "reshape":
    case "flatten":
    case "squeeze":
    case "unsqueeze":
    case "expand":
    case "tile":
    case "split":
      return true;
    case "transpose":
      return keepsOrder(node.attributes.permutation ?? [], x.dims);
    case "slice":
      return x.dims.every((dim, i) => dim === 1 || (node.attributes.steps?.[i] ?? 1) > 0);
    case "pad":
      return node.attributes.pads.every((pad) => pad === 0);
    case "concat":
      return node.inputs.length === 1;
    case "clip":
      return node.attributes.min === undefined && node.attributes.max === undefined;
    case "resize":
      return (
        node.attributes.scales === undefined &&
        node.attributes.keepAspectRatioPolicy === "stretch" &&
        node.attributes.coordinates !== "tfCropAndResize"
      );
    case "maxPool":
    case "averagePool":
      return (
        node.attributes.kernel.every((extent) => extent === 1) &&
        isUnpadded(windowOf(node.attributes, node.attributes.kernel.length))
      );
    default:
      return false;
  }
}

/** Whether a permutation leaves the dimensions that are not 1 in their order. */
function keepsOrder(permutation: readonly number[], dims: readonly number[]): boolean {
  const moved = permutation.filter((at) => dims[at] !== 1);
  return moved.every((at, i) => i === 0 || moved[i - 1]! < at);
}

/** concat(x, @empty, y) => concat(x, y) */
const dropEmpty: Rule = {
  name: "drop-empty",
  match(node, context) {
    if (node.op !== "concat") return undefined;
    const isFull = (input: Operand | undefined): boolean =>
      input !== undefined && !context.type(input).dims.includes(0);
    const inputs = node.inputs.filter(isFull);
    if (inputs.length === node.inputs.length || inputs.length === 0) return undefined;
    return { node: { op: "concat", inputs, attributes: node.attributes } };
  },
};

/** branch(@true, x, y) => x, branch(@false, x, y) => y, branch(c, x, x) => x */
const takenBranch: Rule = {
  name: "taken-branch",
  match(node, context) {
    if (node.op !== "branch") return undefined;
    const [condition, then, otherwise] = node.inputs;
    if (then === otherwise) return { use: then! };
    const known = context.value(condition);
    return known && { use: known.data[0] === 0 ? otherwise! : then! };
  },
};

/** transpose(x: [n,1,h,w]) {permutation=[0,2,3,1]} => reshape(x) {shape=[n,h,w,1]} */
const transposeOfOnes: Rule = {
  name: "transpose-of-ones",
  match(node, context) {
    if (node.op !== "transpose") return undefined;
    const x = node.inputs[0]!;
    const { dims } = context.type(x);
    const { permutation } = node.attributes;
    if (permutation === undefined || !keepsOrder(permutation, dims)) return undefined;
    if (sameDims(dims, node.type.dims)) return undefined;
    return { node: { op: "reshape", inputs: [x], attributes: { shape: node.type.dims } } };
  },
};

export const noOpRules: readonly Rule[] = [dropNoOp, dropEmpty, takenBranch, transposeOfOnes];
