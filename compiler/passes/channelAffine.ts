/** Recognises nodes that scale and shift each channel by constants, alone and in a row. */
import type { Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { RewriteContext } from "../graph/rewrite/rule.js";
import { sameType } from "../base/tensor.js";

/** value = scale · x + shift for each channel, in f64; an absent part is 1 or 0 everywhere. */
export interface ChannelAffine {
  readonly x: Operand;
  readonly scale?: Float64Array;
  readonly shift?: Float64Array;
}

/** The most maps in a row that are looked at together; what is left of a longer row is folded after them. */
const LONGEST_CHAIN = 8;

/**
 * The affine maps that end at `node`: of itself, of itself and the one before it, and so on as long as each is
 * read by the next alone. Longest first.
 */
export function affineChain(node: Node, axis: number, context: RewriteContext): ChannelAffine[] {
  const chain: ChannelAffine[] = [];
  let at: Node | undefined = node;
  while (at !== undefined && chain.length < LONGEST_CHAIN) {
    const affine = channelAffine(at, axis, context);
    if (affine === undefined) break;
    const outer = chain[0];
    chain.unshift(outer === undefined ? affine : compose(outer, affine));
    at = context.uses(affine.x) === 1 ? context.node(affine.x) : undefined;
  }
  return chain;
}

/** What one node does to the channels along `axis`: batchNorm, or arithmetic with a per-channel constant. */
export function channelAffine(
  node: Node,
  axis: number,
  context: RewriteContext,
): ChannelAffine | undefined {
  if (node.type.dtype !== "f32" || axis >= node.type.dims.length) return undefined;
  switch (node.op) {
    case "batchNorm":
      return axis === 1 ? normAffine(node.inputs, node.attributes.epsilon, context) : undefined;
    case "add":
    case "sub":
    case "mul":
    case "div":
      return arithmeticAffine(node, axis, context);
    default:
      return undefined;
  }
}

/** scale · (x − mean) / √(variance + epsilon) + bias */
function normAffine(
  [x, ...parameters]: Node["inputs"],
  epsilon: number,
  context: RewriteContext,
): ChannelAffine | undefined {
  const [scale, bias, mean, variance] = parameters.map((operand) => context.value(operand)?.data);
  if (x === undefined || !scale || !bias || !mean || !variance) return undefined;
  const factors = Float64Array.from({ length: scale.length }, (_, c) => {
    return Number(scale[c]) / Math.sqrt(Number(variance[c]) + epsilon);
  });
  const shift = factors.map((factor, c) => Number(bias[c]) - Number(mean[c]) * factor);
  return { x, scale: factors, shift };
}

function arithmeticAffine(
  node: Node,
  axis: number,
  context: RewriteContext,
): ChannelAffine | undefined {
  const [left, right] = node.inputs;
  const fromRight = perChannel(right, node, axis, context);
  if (fromRight !== undefined && left !== undefined) {
    if (!sameType(context.type(left), node.type)) return undefined;
    switch (node.op) {
      case "add":
        return { x: left, shift: fromRight };
      case "sub":
        return { x: left, shift: fromRight.map((one) => -one) };
      case "mul":
        return { x: left, scale: fromRight };
      default:
        return { x: left, scale: fromRight.map((one) => 1 / one) };
    }
  }
  const fromLeft = perChannel(left, node, axis, context);
  if (fromLeft === undefined || right === undefined || node.op === "div") return undefined;
  if (!sameType(context.type(right), node.type)) return undefined;
  if (node.op === "mul") return { x: right, scale: fromLeft };
  if (node.op === "add") return { x: right, shift: fromLeft };
  return { x: right, scale: fromLeft.map(() => -1), shift: fromLeft };
}

/** The values of a constant that broadcasts along `axis` of the node alone. */
function perChannel(
  operand: Operand | undefined,
  { type }: Node,
  axis: number,
  context: RewriteContext,
): Float64Array | undefined {
  const constant = context.constant(operand);
  const channels = type.dims[axis]!;
  if (constant === undefined || !isPerChannel(constant.type.dims, type.dims, axis))
    return undefined;
  const data = context.value(operand)?.data;
  if (!(data instanceof Float32Array)) return undefined;
  return data.length === channels
    ? Float64Array.from(data)
    : new Float64Array(channels).fill(data[0]!);
}

/** Whether a tensor of dims `of` broadcasts over `dims` along one axis only: [c,1,1] or [1] over [n,c,h,w]. */
export function isPerChannel(
  of: readonly number[],
  dims: readonly number[],
  axis: number,
): boolean {
  const skipped = dims.length - of.length;
  return (
    skipped >= 0 && of.every((dim, i) => dim === 1 || (i + skipped === axis && dim === dims[axis]))
  );
}

/** outer(inner(x)) */
function compose(outer: ChannelAffine, inner: ChannelAffine): ChannelAffine {
  const scale = both(outer.scale, inner.scale, (a, b) => a * b);
  const carried = inner.shift && both(outer.scale, inner.shift, (a, b) => a * b);
  const shift = both(outer.shift, carried, (a, b) => a + b);
  return { x: inner.x, ...(scale && { scale }), ...(shift && { shift }) };
}

/** Channel by channel where both are there, otherwise the one that is. */
function both(
  a: Float64Array | undefined,
  b: Float64Array | undefined,
  combine: (a: number, b: number) => number,
): Float64Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.map((value, c) => combine(value, b[c]!));
}
