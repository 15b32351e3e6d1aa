/**
 * narrow-sums: sums of products of integers read them as narrow as they are, in the products' own words: casts to i32
 * go, and so does the zero point that is subtracted from one factor.
 *
 *   %a = sub(cast(%q) {to="i32"}, @zero)
 *   %y = conv(%a, @w: i32)     =>     %y = conv(%q, @w.narrow: i8) {zero=…}
 */
import { rangeOf } from "../base/numbers.js";
import { elementCount, newData, type DType, type TensorType } from "../base/tensor.js";
import type { Constant, Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { NewNode, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { fits } from "./narrow.js";
import type { Pass } from "./pass.js";
import { zeroRules } from "./runTimeZeros.js";

/** From the fewest bits up. */
const NARROW = ["i8", "u8", "i16"] as const;

/** A factor as narrow as it is, less what stands for 0. */
interface Factor {
  readonly operand: Operand;
  readonly zero: number;
  readonly constants: readonly Constant[];
}

const integerSums: Rule = {
  name: "integer-sums",
  match(node, context) {
    if ((node.op !== "conv" && node.op !== "matmul") || node.type.dtype !== "i32") return undefined;
    const [x, w, ...others] = node.inputs;
    if (x === undefined || w === undefined || node.attributes.zero !== 0) return undefined;
    const left = narrowFactor(x, context);
    const right = left && narrowFactor(w, context);
    if (left === undefined || right === undefined || right.zero !== 0) return undefined;
    const isByte = context.type(left.operand).dtype !== "i16";
    const wide = readAgain(node, context.type(w)) ? widened(right, isByte, context) : undefined;
    return {
      constants: [...left.constants, ...right.constants],
      before: wide?.before ?? [],
      node: {
        op: node.op,
        inputs: [left.operand, wide?.operand ?? right.operand, ...others],
        attributes: { ...node.attributes, zero: left.zero },
      },
    };
  },
};

/** Whether there are more products than weights: then each is read several times. */
function readAgain({ type }: Node, weights: TensorType): boolean {
  return elementCount(type.dims) > weights.dims[0]!;
}

/** Weights of bytes as the 16 bits that are multiplied: widened once, at load, and not wherever they are read. */
function widened(
  { operand, constants: [added] }: Factor,
  byBytes: boolean,
  context: RewriteContext,
):
  | { readonly operand: Operand; readonly before: readonly (NewNode & { name: string })[] }
  | undefined {
  const constant = added ?? context.constant(operand);
  if (constant === undefined || constant.type.dtype === "i16") return undefined;
  // Those with signs are widened where it is known which engines multiply them by bytes.
  if (constant.type.dtype === "i8" && byBytes) return undefined;
  const there: Operand = `%${constant.name}.wide`;
  const known = context.node(there);
  if (known?.inputs[0] === operand && known.type.dtype === "i16")
    return { operand: there, before: [] };
  const name = context.fresh(`${constant.name}.wide`);
  const node: NewNode = { op: "cast", inputs: [operand], attributes: { to: "i16" } };
  return { operand: `%${name}`, before: [{ name, ...node }] };
}

function narrowFactor(operand: Operand, context: RewriteContext): Factor | undefined {
  const constant = context.constant(operand);
  if (constant !== undefined) return narrowConstant(constant, context);
  const node = context.node(operand);
  // A cast to fewer bits may cut off.
  if (node?.type.dtype !== "i32") return undefined;
  if (node.op === "cast") {
    const [from] = node.inputs;
    if (from === undefined || !isNarrow(context.type(from).dtype)) return undefined;
    return { operand: from, zero: 0, constants: [] };
  }
  if (node.op !== "sub") return undefined;
  const whole = narrowFactor(node.inputs[0]!, context);
  const zero = context.value(node.inputs[1]);
  if (whole === undefined || whole.constants.length > 0 || zero?.data.length !== 1)
    return undefined;
  // What is broadcast along a sum is one number, however many dims it has.
  const value = whole.zero + Number(zero.data[0]);
  const [least, most] = rangeOf(context.type(whole.operand).dtype)!;
  const isSame = elementCount(context.type(whole.operand).dims) === elementCount(node.type.dims);
  return isSame && value >= least && value <= most ? { ...whole, zero: value } : undefined;
}

function isNarrow(dtype: DType): boolean {
  return (NARROW as readonly DType[]).includes(dtype);
}

function narrowConstant(constant: Constant, context: RewriteContext): Factor | undefined {
  const { name, type } = constant;
  if (isNarrow(type.dtype)) return { operand: `@${name}`, zero: 0, constants: [] };
  const data = context.value(`@${name}`)?.data;
  if (!(data instanceof Int32Array)) return undefined;
  const dtype = NARROW.find((one) => fits(data, one));
  if (dtype === undefined) return undefined;
  const known = made.get(data);
  if (known !== undefined && context.constant(`@${known.name}`)?.source === known.source)
    return { operand: `@${known.name}`, zero: 0, constants: [] };
  const values = newData(dtype, data.length) as Int8Array;
  values.set(data);
  const narrow: Constant = {
    name: context.fresh(`${name}.narrow`),
    type: { dtype, dims: type.dims },
    source: { kind: "data", data: values },
  };
  made.set(data, narrow);
  return { operand: `@${narrow.name}`, zero: 0, constants: [narrow] };
}

/** What integers were kept as, for those who read them again. */
const made = new WeakMap<object, Constant>();

export const narrowSums: Pass = { name: "narrow-sums", stages: [zeroRules, [integerSums]] };
