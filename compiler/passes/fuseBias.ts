/**
 * fuse-bias: a per-channel constant added to a convolution or linear layer without bias becomes its bias.
 *
 *   %m = matmul(%x, @w) {axis=1}
 *   %y = add(%m, @b)                  =>     %y = matmul(%x, @w, @b) {axis=1}
 */
import type { Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { sameType } from "../base/tensor.js";
import { isPerChannel } from "./channelAffine.js";
import { aliasConstant, channelAxis, foldedConstant, type Alias } from "./linear.js";
import type { Pass } from "./pass.js";

/** add(conv(x, w), @b: [oc,1,1]) => conv(x, w, @b: [oc]) */
const addToBias: Rule = {
  name: "add-to-bias",
  match(node, context) {
    if (node.op !== "add") return undefined;
    const [left, right] = node.inputs;
    const [value, addend] = context.constant(right) === undefined ? [right, left] : [left, right];
    const linear = context.node(value);
    const axis = channelAxis(linear);
    if (linear === undefined || axis === undefined || linear.inputs[2] !== undefined)
      return undefined;
    if (context.uses(`%${linear.name}`) !== 1 || !sameType(linear.type, node.type))
      return undefined;
    const bias = biasOf(addend, linear, axis, context);
    if (bias === undefined) return undefined;
    const [x, w] = linear.inputs;
    return {
      constants: bias.added,
      node: { op: linear.op, inputs: [x, w, bias.operand], attributes: linear.attributes },
    };
  },
};

/** The constant as a list of one element per channel: itself, its values under other dims, or its one value repeated. */
function biasOf(
  addend: Operand | undefined,
  { name, type }: Node,
  axis: number,
  context: RewriteContext,
): Alias | undefined {
  const constant = context.constant(addend);
  if (constant === undefined || !isPerChannel(constant.type.dims, type.dims, axis))
    return undefined;
  const channels = type.dims[axis]!;
  const { dims } = constant.type;
  if (dims.length === 1 && dims[0] === channels) return { operand: addend!, added: [] };
  if (dims.includes(channels)) return aliasConstant(context, constant, "flat", [channels]);
  const value = context.value(addend)?.data;
  if (!(value instanceof Float32Array)) return undefined;
  const data = new Float32Array(channels).fill(value[0]!);
  const bias = foldedConstant(context, undefined, `${name}.bias`, [channels], data);
  return { operand: `@${bias.name}`, added: [bias] };
}

export const fuseBias: Pass = { name: "fuse-bias", stages: [[addToBias]] };
