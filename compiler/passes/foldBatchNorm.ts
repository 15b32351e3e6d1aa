/**
 * fold-batch-norm: batchNorm, and scaling or shifting channels by constants, goes into the weights and bias of the
 * linear node before it, or after it where the border allows; what can go nowhere is a product and a sum.
 *
 *   %c = conv(%x, @w)
 *   %n = batchNorm(%c, @scale, @bias, @mean, @var)     =>   %n = conv(%x, @w.folded, @c.bias)
 *
 *   %n = batchNorm(%x, @scale, @bias, @mean, @var)
 *   %c = conv(%n, @w)                                  =>   %c = conv(%x, @w.folded, @c.bias)
 *
 *   %r = relu(%x)                                           %n.scaled = mul(%r, @n.scale)
 *   %n = batchNorm(%r, @scale, @bias, @mean, @var)     =>   %n = add(%n.scaled, @n.shift)
 */
import type { Constant } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { Replacement, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { affineChain, channelAffine, type ChannelAffine } from "./channelAffine.js";
import {
  channelAxis,
  foldedConstant,
  linearOf,
  scaleRows,
  shiftOutputs,
  type Linear,
} from "./linear.js";
import type { Pass } from "./pass.js";
import { isUnpadded, windowOf } from "./spatial.js";

/** affine(conv(x)) => conv'(x), where nothing else reads the conv. */
const foldIntoProducer: Rule = {
  name: "fold-into-producer",
  match(node, context) {
    const axes = new Set([1, node.type.dims.length - 1]);
    for (const axis of axes) {
      for (const affine of affineChain(node, axis, context)) {
        const linear = linearOf(context.node(affine.x), context);
        if (linear?.axis !== axis || context.uses(affine.x) !== 1) continue;
        // fuse-bias gives a lone sum to a node without bias, and leaves the weights as they are.
        if (affine.scale === undefined && linear.bias === undefined) continue;
        return scaleLinear(linear, affine, context);
      }
    }
    return undefined;
  },
};

/** w'[oc] = scale[oc] · w[oc], bias'[oc] = scale[oc] · bias[oc] + shift[oc] */
function scaleLinear(linear: Linear, affine: ChannelAffine, context: RewriteContext): Replacement {
  const { scale, shift } = affine;
  const weight = scale && scaleRows(linear, (row) => scale[linear.outputOf(row)]!);
  const hasBias = linear.bias !== undefined || shift !== undefined;
  const bias = Float32Array.from({ length: linear.outputs }, (_, oc) => {
    return (linear.bias?.[oc] ?? 0) * (scale?.[oc] ?? 1) + (shift?.[oc] ?? 0);
  });
  return withParameters(linear, linear.node.inputs[0], weight, hasBias ? bias : undefined, context);
}

/** conv(affine(x)) => conv'(x), where nothing else reads what affine computes and no border holds its zeros. */
const foldIntoConsumer: Rule = {
  name: "fold-into-consumer",
  match(node, context) {
    const axis = channelAxis(node);
    const input = context.node(node.inputs[0]);
    if (axis === undefined || input === undefined || context.uses(`%${input.name}`) !== 1) {
      return undefined;
    }
    const chain = affineChain(input, axis, context);
    const affine = chain.find(({ shift }) => takesShift(node) || !shift?.some((one) => one !== 0));
    const linear = chain.length === 0 ? undefined : linearOf(node, context);
    if (linear !== undefined && affine !== undefined) return shiftLinear(linear, affine, context);
    if (linear !== undefined) context.note(`its padding is not shifted as ${input.name} would be`);
    return undefined;
  },
};

/** Whether a constant added to the operand adds the same constant to every element of a channel of the value. */
function takesShift(node: Node): boolean {
  if (node.op !== "conv") return node.op === "matmul";
  return (
    node.attributes.padMode !== "constant" ||
    isUnpadded(windowOf(node.attributes, node.type.dims.length - 2))
  );
}

/** w'[oc, ic] = w[oc, ic] · scale[ic], bias'[oc] = bias[oc] + Σ w[oc, ic] · shift[ic] */
function shiftLinear(linear: Linear, affine: ChannelAffine, context: RewriteContext): Replacement {
  const { scale, shift } = affine;
  const weight = scale && scaleRows(linear, (row) => scale[linear.inputOf(row)]!);
  const sums = shift && shiftOutputs(linear, shift);
  const bias = sums && Float32Array.from(sums, (sum, oc) => sum + (linear.bias?.[oc] ?? 0));
  return withParameters(linear, affine.x, weight, bias, context);
}

/** The node with another operand, weight and bias; what is undefined stays as it is. */
function withParameters(
  { node }: Linear,
  x: Node["inputs"][number],
  weight: Float32Array | undefined,
  bias: Float32Array | undefined,
  context: RewriteContext,
): Replacement {
  const [, w, b] = node.inputs;
  const constants: Constant[] = [];
  if (weight !== undefined) {
    const { dims } = context.type(w!);
    constants.push(foldedConstant(context, w, `${node.name}.weight`, dims, weight));
  }
  const weightName = weight === undefined ? w : (`@${constants[0]!.name}` as const);
  if (bias !== undefined) {
    constants.push(foldedConstant(context, b, `${node.name}.bias`, [bias.length], bias));
  }
  const biasName = bias === undefined ? b : (`@${constants.at(-1)!.name}` as const);
  const inputs = [x, weightName, biasName];
  return { constants, node: { op: node.op, inputs, attributes: node.attributes } };
}

/** batchNorm(x) => add(mul(x, @scale), @shift) */
const normToArithmetic: Rule = {
  name: "norm-to-arithmetic",
  match(node, context) {
    if (node.op !== "batchNorm") return undefined;
    const affine = channelAffine(node, 1, context);
    if (affine?.scale === undefined || affine.shift === undefined) return undefined;
    const dims = [affine.scale.length, ...node.type.dims.slice(2).map(() => 1)];
    const constant = (part: string, values: Float64Array): Constant =>
      foldedConstant(context, undefined, `${node.name}.${part}`, dims, Float32Array.from(values));
    const scale = constant("scale", affine.scale);
    const shift = constant("shift", affine.shift);
    const scaled = context.fresh(`${node.name}.scaled`);
    return {
      constants: [scale, shift],
      before: [{ name: scaled, op: "mul", inputs: [affine.x, `@${scale.name}`] }],
      node: { op: "add", inputs: [`%${scaled}`, `@${shift.name}`] },
    };
  },
};

export const foldBatchNorm: Pass = {
  name: "fold-batch-norm",
  stages: [[foldIntoProducer, foldIntoConsumer], [normToArithmetic]],
};
