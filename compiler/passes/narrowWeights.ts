/**
 * narrow-weights: large weights of products are kept in fewer bits and widened by nodes of their own, at load or where
 * they are read. Without being asked only those that fit fewer as they are: nothing changes then but bytes.
 *
 *   %y = conv(%x, @w)     =>     %w.cast = cast(@w.int8) {to="f32"}
 *                                %w.wide = mul(%w.cast, @w.scale)
 *                                %y = conv(%x, %w.wide)
 */
import {
  elementCount,
  newData,
  type DType,
  type TensorData,
  type TensorType,
} from "../base/tensor.js";
import type { Constant, Operand } from "../graph/definition.js";
import { summedChannels } from "../graph/summedChannels.js";
import type { NewNode, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { balancedInt8Of, fits, isExact, roundedTo16, type WeightsType } from "./narrow.js";
import type { Pass } from "./pass.js";

/** The name of the pass. */
export const NARROW_WEIGHTS = "narrow-weights";

/** Weights of fewer elements stay: what they would save is less than the code that widens them. */
const FEWEST = 256;

/** The pass for weights of a type; what cannot be kept in it stays as it is, with a note that says why. */
export function narrowWeights(wanted: WeightsType, fewest = FEWEST): Pass {
  const rule: Rule = {
    name: "narrow-weight",
    match(node, context) {
      for (const [position, operand] of node.inputs.entries()) {
        const constant = context.constant(operand);
        if (constant === undefined || !isWide(constant.type)) continue;
        if (elementCount(constant.type.dims) < fewest) continue;
        const channels = summedChannels(node, position, (one) => context.type(one));
        if (channels === undefined) continue;
        const wide = widened(constant, channels, wanted, context);
        if (wide === undefined) continue;
        const inputs = node.inputs.map((one, i) => (i === position ? wide.operand : one));
        const { before, constants } = wide;
        return { constants, before, node: { op: node.op, inputs, attributes: node.attributes } };
      }
      return undefined;
    },
  };
  return { name: NARROW_WEIGHTS, stages: [[rule]] };
}

function isWide({ dtype }: TensorType): boolean {
  return dtype === "f32" || dtype === "i32";
}

interface Wide {
  readonly operand: Operand;
  readonly before: readonly (NewNode & { readonly name: string })[];
  readonly constants: readonly Constant[];
}

/** What a node reads instead of a constant: the same for all who read it; undefined where it stays. */
function widened(
  constant: Constant,
  channels: readonly boolean[],
  wanted: WeightsType,
  context: RewriteContext,
): Wide | undefined {
  const { name } = constant;
  const there: Operand = `%${name}.wide`;
  const known = context.constant(`@${name}.narrow`)?.source;
  if (known !== undefined && known === made.get(constant.source) && context.node(there))
    return { operand: there, before: [], constants: [] };
  const narrow = narrowed(constant, channels, wanted, context);
  if (narrow === undefined) return undefined;
  const [own, scale] = narrow;
  made.set(constant.source, own.source);
  const wide = context.fresh(`${name}.wide`);
  if (scale === undefined) {
    const { dtype: to } = constant.type;
    const node: NewNode = { op: "cast", inputs: [`@${own.name}`], attributes: { to } };
    return { operand: `%${wide}`, before: [{ name: wide, ...node }], constants: [own] };
  }
  const cast = context.fresh(`${name}.cast`);
  return {
    operand: `%${wide}`,
    before: [
      { name: cast, op: "cast", inputs: [`@${own.name}`], attributes: { to: "f32" } },
      { name: wide, op: "mul", inputs: [`%${cast}`, `@${scale.name}`] },
    ],
    constants: [own, scale],
  };
}

/** From the fewest bits up. */
const INTEGERS = ["i8", "u8", "i16"] as const;

/** What constants were kept as, for those who read them again. */
const made = new WeakMap<object, object>();

/** The constant in fewer bits, and what it is to be multiplied with. */
function narrowed(
  constant: Constant,
  channels: readonly boolean[],
  wanted: WeightsType,
  context: RewriteContext,
): readonly [narrow: Constant, scale?: Constant] | undefined {
  const { name, source, type } = constant;
  // Of what is drawn nothing fits: it is not made to be looked at.
  if (wanted === "f32" && source.kind === "seed" && source.spread !== 0) return undefined;
  const data = context.value(`@${name}`)?.data;
  const kept = (dtype: DType, values: TensorData): Constant => ({
    name: context.fresh(`${name}.narrow`),
    type: { dtype, dims: type.dims },
    source: { kind: "data", data: values },
  });
  if (data instanceof Int32Array) {
    const fitting = INTEGERS.find((dtype) => fits(data, dtype));
    if (fitting === undefined) return undefined;
    const values = newData(fitting, data.length) as Int8Array;
    values.set(data);
    return [kept(fitting, values)];
  }
  if (!(data instanceof Float32Array)) return undefined;
  if (wanted === "int8") {
    const quantized = balancedInt8Of(data, type.dims, channels);
    if (typeof quantized === "string") return stays(name, quantized, context);
    const dims = type.dims.map((dim, d) => (channels[d] === true ? dim : 1));
    const scale: Constant = {
      name: context.fresh(`${name}.scale`),
      type: { dtype: "f32", dims },
      source: { kind: "data", data: quantized.scale },
    };
    return [kept("i8", quantized.values), scale];
  }
  const exact = (["f16", "bf16"] as const).find((dtype) => isExact(data, dtype));
  if (exact !== undefined) return [kept(exact, data)];
  if (wanted === "f32") return undefined;
  const halves = roundedTo16(data);
  return typeof halves === "string" ? stays(name, halves, context) : [kept("f16", halves)];
}

function stays(name: string, reason: string, context: RewriteContext): undefined {
  context.note(`${name} stays f32: ${reason}`);
  return undefined;
}
