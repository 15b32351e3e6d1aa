/**
 * Zero points that each run finds, as dynamic quantisation has them: what is multiplied with weights stays as narrow
 * as it is.
 *
 *   %y = conv(%q − %z, @w)                         =>   %y = conv(%q, @w, −%z · Σ@w)    without padding
 *   %y = conv(%q − %z, @w) {pads=[1,1,1,1]}        =>   the same of %q = quantised(pad(%x)), where it is known to be that of %x
 *                                                  =>   %y = conv(cast(%q − %z) {to="i16"}, @w) {pads=[1,1,1,1]} otherwise
 *   where %z is the zero point of %x, %x >= 0      =>   %z is 0
 */
import { elementCount, sameType, type TensorData } from "../base/tensor.js";
import type { Constant, Operand } from "../graph/definition.js";
import type { Node, NodeOf, OpName } from "../graph/graph.js";
import { lookThrough, lowestOf } from "../graph/lookThrough.js";
import { isNonNegative } from "../graph/nonNegative.js";
import type { NewNode, Replacement, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { summedChannels } from "../graph/summedChannels.js";
import { paddedWindow } from "./integers/paddedWindow.js";
import { isUnpadded, windowOf } from "./spatial.js";

type Sum = NodeOf<"conv"> | NodeOf<"matmul">;

/** sub(x, @0) => x, where the zero point is of a value that has no element below 0. */
const noZero: Rule = {
  name: "no-zero-point",
  match(node, context) {
    const wide = node.inputs[1];
    if (node.op !== "sub" || node.type.dtype !== "i32") return undefined;
    const zero = context.node(wide);
    if (zero?.op !== "cast" || elementCount(zero.type.dims) !== 1) return undefined;
    return isZeroOfNonNegatives(zero.inputs[0], context) ? { use: node.inputs[0]! } : undefined;
  },
};

/** cast(clip(add(x, zero))) => cast(clip(x)) likewise: that 0 is −0 then is not seen in an integer. */
const noShift: Rule = {
  name: "no-zero-shift",
  match(node, context) {
    if (node.op !== "cast" || !isByte(node.type.dtype)) return undefined;
    const clip = context.node(node.inputs[0]);
    const add = clip?.op === "clip" ? context.node(clip.inputs[0]) : undefined;
    if (clip === undefined || add?.op !== "add" || context.uses(`%${clip.name}`) !== 1)
      return undefined;
    const point = context.node(add.inputs[1]);
    if (point?.op !== "cast" || elementCount(point.type.dims) !== 1) return undefined;
    if (!isZeroOfNonNegatives(point.inputs[0], context)) return undefined;
    const held = context.fresh(`${node.name}.held`);
    const { attributes } = clip;
    return {
      before: [{ name: held, op: "clip", inputs: [add.inputs[0]], attributes }],
      node: { op: "cast", inputs: [`%${held}`], attributes: node.attributes },
    };
  },
};

/** relu(reduceMax(x)) − clip(reduceMin(x)) {max=0} => relu(reduceMax(x)): the range of what has no element below 0. */
const fromZero: Rule = {
  name: "range-from-zero",
  match(node, context) {
    if (node.op !== "sub") return undefined;
    const [high, low] = node.inputs;
    const x = lowestOf(low, context);
    const most = inputOf(high, ["relu", "reduceMax"], context);
    if (x === undefined || most !== x || !sameType(context.type(high!), node.type))
      return undefined;
    return isNonNegative(x, context) ? { use: high! } : undefined;
  },
};

const isByte = (dtype: string): boolean => dtype === "u8" || dtype === "i8";

/** cast(clip(round(div(neg(clip(reduceMin(x)) {max=0}), scale))) {min=0}) of x >= 0: NaN, where the scale is 0, is cast to 0. */
function isZeroOfNonNegatives(operand: Operand | undefined, context: RewriteContext): boolean {
  const held = inputOf(operand, ["cast"], context);
  const clip = context.node(held);
  if (clip?.op !== "clip") return false;
  const { min = -Infinity, max = Infinity } = clip.attributes;
  if (min > 0 || max < 0) return false;
  const x = lowestOf(inputOf(held, ["clip", "round", "div", "neg"], context), context);
  return x !== undefined && isNonNegative(x, context);
}

function inputOf(
  operand: Operand | undefined,
  way: readonly OpName[],
  context: RewriteContext,
): Operand | undefined {
  return lookThrough(operand, way, context)?.inputs[0];
}

const behindSums: Rule = {
  name: "zero-behind-sums",
  match(node, context) {
    const sum = runTimeZero(node, context);
    if (sum === undefined) return undefined;
    const { node: linear, q, zero, difference } = sum;
    if (
      linear.op === "conv" &&
      !isUnpadded(windowOf(linear.attributes, linear.type.dims.length - 2))
    )
      return padded(linear, q, zero, context) ?? centred(linear, difference, context);
    return behind(linear, q, zero, context) ?? centred(linear, difference, context);
  },
};

interface RunTimeZero {
  readonly node: Sum;
  /** As i32. */
  readonly q: Operand;
  /** As i32, one number. */
  readonly zero: Operand;
  /** q − zero. */
  readonly difference: Node;
}

/** A sum of products of bytes less a zero point that is no constant. */
function runTimeZero(node: Node, context: RewriteContext): RunTimeZero | undefined {
  if ((node.op !== "conv" && node.op !== "matmul") || node.type.dtype !== "i32") return undefined;
  const difference = context.node(node.inputs[0]);
  if (difference?.op !== "sub" || difference.type.dtype !== "i32") return undefined;
  const [q, zero] = difference.inputs;
  const isBytes = (operand: Operand | undefined): boolean => {
    const from = inputOf(operand, ["cast"], context);
    return from !== undefined && isByte(context.type(from).dtype);
  };
  if (!isBytes(q) || !isBytes(zero)) return undefined;
  const count = (operand: Operand): number => elementCount(context.type(operand).dims);
  if (count(zero!) !== 1 || count(q!) !== elementCount(difference.type.dims)) return undefined;
  return { node, q: q!, zero: zero!, difference };
}

/** The window over bytes that are padded, with their zero point, before. */
function padded(
  node: NodeOf<"conv">,
  q: Operand,
  zero: Operand,
  context: RewriteContext,
): Replacement | undefined {
  const window = paddedWindow(node, q, zero, context);
  const found = window && behind(node, window.q, zero, context, window.attributes);
  return found && { ...found, before: [...window.before, ...found.before] };
}

/** A node in the place of another, behind those that it needs. */
type Rewriting = Required<Extract<Replacement, { readonly node: NewNode }>>;

/** Two bytes are less than 512 apart: 16 bits hold it. */
function centred(node: Sum, { name }: Node, context: RewriteContext): Replacement {
  const wide: Operand = `%${name}.wide`;
  const inputs = (x: Operand): NewNode["inputs"] => [x, ...node.inputs.slice(1)];
  const there = inputOf(wide, ["cast", "cast"], context);
  const { op, attributes } = node;
  if (there === `%${name}`) return { node: { op, inputs: inputs(wide), attributes } };
  const narrow = context.fresh(`${name}.i16`);
  const again = context.fresh(`${name}.wide`);
  return {
    before: [
      { name: narrow, op: "cast", inputs: [`%${name}`], attributes: { to: "i16" } },
      { name: again, op: "cast", inputs: [`%${narrow}`], attributes: { to: "i32" } },
    ],
    node: { op, inputs: inputs(`%${again}`), attributes },
  };
}

/** Σ (q − z) · w = Σ q · w − z · Σ w, which wraps alike; undefined where the weights are no constants. Of a window with other attributes, q may be what it slides over then. */
function behind(
  node: Sum,
  q: Operand,
  zero: Operand,
  context: RewriteContext,
  attributes: Sum["attributes"] = node.attributes,
): Rewriting | undefined {
  const [, w, bias] = node.inputs;
  const constant = inputOf(w, ["cast"], context) ?? w;
  const data = context.value(constant)?.data;
  const channels = summedChannels(node, 1, (one) => context.type(one));
  if (data === undefined || data instanceof BigInt64Array || channels === undefined)
    return undefined;
  const { dims } = context.type(constant!);
  const [channel, ...others] = channels.flatMap((is, d) => (is ? [d] : []));
  if (channel === undefined || others.length > 0) return undefined;
  const name = constant!.slice(1);
  const sums: Constant = {
    name: context.fresh(`${name}.sums`),
    type: { dtype: "i32", dims: [dims[channel]!] },
    source: { kind: "data", data: negatedSums(data, dims, channel) },
  };
  const shift = context.fresh(`${node.name}.shift`);
  const product: NewNode = { op: "mul", inputs: [zero, `@${sums.name}`] };
  const constants = [sums];
  const { op } = node;
  if (op === "matmul" && node.attributes.axis === undefined) {
    const products = context.fresh(`${node.name}.products`);
    return {
      constants,
      before: [
        { name: shift, ...product },
        { name: products, op, inputs: [q, w], attributes },
      ],
      node: { op: "add", inputs: [`%${products}`, `%${shift}`] },
    };
  }
  const own = bias === undefined ? shift : context.fresh(`${node.name}.init`);
  const both: NewNode = { op: "add", inputs: [`%${shift}`, bias] };
  return {
    constants,
    before: [{ name: shift, ...product }, ...(own === shift ? [] : [{ name: own, ...both }])],
    node: { op, inputs: [q, w, `%${own}`], attributes },
  };
}

/** Of each channel the sum of its weights, less than 0 where that is more, in 32 bits. */
function negatedSums(
  data: Exclude<TensorData, BigInt64Array>,
  dims: readonly number[],
  channel: number,
): Int32Array<ArrayBuffer> {
  const sums = new Int32Array(dims[channel]!);
  const run = elementCount(dims.slice(channel + 1));
  for (let from = 0, c = 0; from < data.length; from += run, c = (c + 1) % sums.length)
    for (let i = from; i < from + run; i++) sums[c]! -= data[i]!;
  return sums;
}

export const zeroRules: readonly Rule[] = [noZero, noShift, fromZero, behindSums];
