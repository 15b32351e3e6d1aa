/** What is done to a sum of integers with a scale: integers are added before it, and scales that follow become one. */
import { elementCount, sameDims, tensor, type Tensor } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { affineOf } from "./affine.js";
import { named, WRAPS, scaledSum } from "./products.js";
import { integerRange, magnitude } from "./range.js";

/** cast(sum) · s + s · b  =>  cast(sum + b) · s, of integers b that have the sum's own scales */
const integerBias: Rule = {
  name: "integer-bias",
  match(node, context) {
    if (node.op !== "add") return undefined;
    const [left, right] = node.inputs;
    const found = [left, right].map((one) => scaledSum(context.node(one), context));
    const at = found.findIndex((one) => one !== undefined);
    const sum = found[at];
    if (sum === undefined || !sameDims(context.type(sum.sum).dims, node.type.dims))
      return undefined;
    const reshape = context.node(node.inputs[1 - at]);
    const flat = reshape?.op === "reshape" ? reshape.inputs[0] : node.inputs[1 - at];
    const bias = affineOf(flat, context, ["i32"]);
    const scales = context.value(sum.scales);
    if (bias?.scale === undefined || bias.zero !== undefined || bias.permutation !== undefined)
      return undefined;
    const { integers } = bias;
    if (context.constant(integers) === undefined || scales === undefined) return undefined;
    const reason = sameScales(bias.scale, scales)
      ? wraps(sum.sum, integers, context)
      : "its scales are not those of the sum";
    if (reason !== undefined) {
      context.note(`${integers.slice(1)} is added as f32: ${reason}`);
      return undefined;
    }
    const own = context.fresh(`${node.name}.bias`);
    const biased = context.fresh(`${node.name}.biased`);
    const float = context.fresh(`${node.name}.biased.f32`);
    const shape = context.type(node.inputs[1 - at]!).dims;
    return {
      before: [
        { name: own, op: "reshape", inputs: [integers], attributes: { shape } },
        { name: biased, op: "add", inputs: [sum.sum, `%${own}`] },
        { name: float, op: "cast", inputs: [`%${biased}`], attributes: { to: "f32" } },
      ],
      node: { op: "mul", inputs: [`%${float}`, sum.scales] },
    };
  },
};

/** Why 32 bits may not hold the sum of two; undefined where they do. */
function wraps(one: Operand, other: Operand, context: RewriteContext): string | undefined {
  const [a, b] = [integerRange(one, context), integerRange(other, context)];
  if (a === undefined || b === undefined) return "nothing bounds the sum";
  const most = magnitude(a) + magnitude(b);
  return most < WRAPS ? undefined : `with it sums may come to ${most}, beyond 32 bits`;
}

/** Whether two lists of scales are the same numbers, one of them perhaps one number for all. */
function sameScales(one: Tensor, other: Tensor): boolean {
  const count = Math.max(one.data.length, other.data.length);
  const at = ({ data }: Tensor, i: number): unknown => data[data.length === 1 ? 0 : i];
  const fits = [one, other].every(({ data: { length } }) => length === 1 || length === count);
  return (
    fits && Array.from({ length: count }, (_, i) => i).every((i) => at(one, i) === at(other, i))
  );
}

/** cast(sum) · s / t  =>  cast(sum) · (s / t): what onnxruntime multiplies its sums with, rounded as it does */
const oneScale: Rule = {
  name: "one-scale",
  match(node, context) {
    const by = divisor(node.op === "div" ? node.inputs[1] : undefined, context);
    const sum = scaledSum(context.node(node.inputs[0]), context);
    const scales = context.value(sum?.scales);
    if (by === undefined || sum === undefined || scales === undefined) return undefined;
    const joined = Array.from(scales.data as Float32Array, (scale) => Math.fround(scale / by));
    const scale = named(`${node.name}.scale`, tensor("f32", scales.type.dims, joined), context);
    const inputs = [sum.float, `@${scale.name}`] as const;
    return { constants: [scale], node: { op: "mul", inputs } };
  },
};

/** clamp(cast(sum) · s) / t  =>  clamp'(cast(sum) · s / t), where nothing else reads what is clamped */
const divideBefore: Rule = {
  name: "divide-before-clamp",
  match(node, context) {
    const by = divisor(node.op === "div" ? node.inputs[1] : undefined, context);
    const clamp = context.node(node.inputs[0]);
    if (by === undefined || (clamp?.op !== "relu" && clamp?.op !== "clip")) return undefined;
    const [x] = clamp.inputs;
    const alone = [`%${clamp.name}`, x].every((one) => context.uses(one as Operand) === 1);
    if (!alone || scaledSum(context.node(x), context) === undefined) return undefined;
    const name = context.fresh(`${node.name}.ratio`);
    const before = [{ name, op: "div", inputs: [x, node.inputs[1]] }] as const;
    if (clamp.op === "relu") return { before, node: { op: "relu", inputs: [`%${name}`] } };
    const { min = -Infinity, max = Infinity } = clamp.attributes;
    const attributes = { min: Math.fround(min / by), max: Math.fround(max / by) };
    return { before, node: { op: "clip", inputs: [`%${name}`], attributes } };
  },
};

/** round((s · a + t · b) / r) + z  =>  round((s · a + t · b) / r + z), of sums of two integers with scales, as onnxruntime rounds them */
const zeroBeforeRounding: Rule = {
  name: "zero-before-rounding",
  match(node, context) {
    const round = node.op === "add" ? context.node(node.inputs[0]) : undefined;
    const ratio = round?.op === "round" ? context.node(round.inputs[0]) : undefined;
    const sum = ratio?.op === "div" ? context.node(ratio.inputs[0]) : undefined;
    if (round === undefined || sum?.op !== "add") return undefined;
    if (numberOf(node.inputs[1], context) === undefined) return undefined;
    const isJoined = sum.inputs.every((one) => affineOf(one, context) !== undefined);
    if (!isJoined || context.uses(`%${round.name}`) !== 1) return undefined;
    const name = context.fresh(`${node.name}.shifted`);
    const before = [{ name, op: "add", inputs: [round.inputs[0], node.inputs[1]] }] as const;
    return { before, node: { op: "round", inputs: [`%${name}`] } };
  },
};

/** A number above 0 that all elements are divided by. */
function divisor(operand: Operand | undefined, context: RewriteContext): number | undefined {
  const by = numberOf(operand, context) ?? 0;
  return by > 0 && by < Infinity ? by : undefined;
}

/** The element of a constant that has one. Others are not read: they may be of any size. */
function numberOf(operand: Operand | undefined, context: RewriteContext): number | undefined {
  const constant = context.constant(operand);
  if (constant === undefined || elementCount(constant.type.dims) !== 1) return undefined;
  const value = context.value(operand);
  return value && Number(value.data[0]);
}

export const scaleRules: readonly Rule[] = [
  integerBias,
  oneScale,
  divideBefore,
  zeroBeforeRounding,
];
