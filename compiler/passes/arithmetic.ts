/**
 * quantize-dynamically: products with constant weights are computed with bytes. Weights are i8 with a scale for each
 * output channel, made while compiling; what they are multiplied with becomes u8 in each run, as ONNX's
 * DynamicQuantizeLinear says; sums are i32, and scales, bias and what follows are f32 again.
 *
 *   %y = conv(%x, @w, @b)   =>   %x.u8, %x.scale, %x.zero = DynamicQuantizeLinear(%x)
 *                                %y.sum = conv(%x.u8 - %x.zero, @w.i8)
 *                                %y = add(mul(cast(%y.sum) {to="f32"}, %x.scale · @w.scale), @b)
 */
import { elementCount } from "../base/tensor.js";
import type { Constant, Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { typesOf } from "../graph/operandTypes.js";
import type { NewNode, RewriteContext, Rule } from "../graph/rewrite/rule.js";
import { summedChannels } from "../graph/summedChannels.js";
import { quantizeAtRunTime } from "./dynamicRange.js";
import { aliasConstant } from "./linear.js";
import { int8Of, type Quantized } from "./narrow.js";
import type { Pass } from "./pass.js";

/** What products with constant weights are computed in: f32, bytes, or what of the two is faster. */
export const ARITHMETICS = ["f32", "int8", "auto"] as const;
export type Arithmetic = (typeof ARITHMETICS)[number];

/** The name of the pass. */
export const QUANTIZE = "quantize-dynamically";

/** What there must be of, so that a product is quantised. */
export interface Fewest {
  /** For each tap of a window: depthwise and first layers have few products to save, and rounding costs those most. */
  readonly channels: number;
  /** In a sum: what is shorter costs more to round than it saves. */
  readonly products: number;
}
const FEWEST: Fewest = { channels: 8, products: 32 };

type Named = NewNode & { readonly name: string };

/** The pass; nodes with the names `kept` stay f32, for the reasons there. */
export function quantizeDynamically(
  kept: ReadonlyMap<string, string> = new Map(),
  fewest: Fewest = FEWEST,
): Pass {
  const rule: Rule = {
    name: "integer-products",
    match(node, context) {
      const product = productOf(node, context);
      if (product === undefined) return undefined;
      const reason = kept.get(node.name) ?? tooFew(product, fewest);
      if (reason !== undefined) return stays(node, reason, context);
      const { weights, channels, summed } = product;
      const data = context.value(`@${weights.name}`)?.data;
      if (!(data instanceof Float32Array)) return undefined;
      const quantized = int8Of(data, weights.type.dims, channels, summed);
      if (typeof quantized === "string")
        return stays(node, `of ${weights.name} ${quantized}`, context);
      return replacement(product, quantized, context);
    },
  };
  return { name: QUANTIZE, stages: [[rule]] };
}

/** The products of a graph that can be quantised. */
export function quantisable(graph: Graph): readonly Node[] {
  const types = typesOf(graph);
  const named = new Map(graph.constants.map((one) => [`@${one.name}`, one]));
  const known: Known = {
    type: (operand) => types.get(operand)!,
    constant: (operand) => named.get(operand ?? ""),
  };
  return graph.nodes.filter((node) => {
    const product = productOf(node, known);
    return product !== undefined && tooFew(product, FEWEST) === undefined;
  });
}

function tooFew({ products, taps }: Product, fewest: Fewest): string | undefined {
  if (products / taps < fewest.channels)
    return `${products / taps} of ${fewest.channels} channels a tap`;
  return products < fewest.products
    ? `${products} of ${fewest.products} products a sum`
    : undefined;
}

/** What is known of the operands of a node. */
type Known = Pick<RewriteContext, "type" | "constant">;

function stays({ name, op }: Node, reason: string, context: RewriteContext): undefined {
  context.note(`${op} '${name}' stays f32: ${reason}`);
  return undefined;
}

interface Product {
  readonly node: Node;
  readonly x: Operand;
  readonly weights: Constant;
  readonly channels: readonly boolean[];
  /** The dim of weights that is summed up, of all taps of a window the same. */
  readonly summed: number;
  /** Of a scale for each channel, so that it meets its channel in the value. */
  readonly scaleDims: readonly number[];
  /** How many products are summed up for one element. */
  readonly products: number;
  /** Of a window; each is of all channels of a group. */
  readonly taps: number;
}

/** What a convolution or matrix product with constant weights of f32 is; undefined of others. */
function productOf(node: Node, context: Known): Product | undefined {
  if (node.op !== "conv" && node.op !== "matmul") return undefined;
  if (node.type.dtype !== "f32") return undefined;
  const [x, w, bias] = node.inputs;
  const weights = context.constant(w);
  if (x === undefined || weights?.type.dtype !== "f32") return undefined;
  if (bias !== undefined && context.constant(bias) === undefined) return undefined;
  const channels = summedChannels(node, 1, (one) => context.type(one));
  if (channels === undefined || channels.filter((is) => is).length !== 1) return undefined;
  const count = weights.type.dims[channels.indexOf(true)]!;
  const rank = node.type.dims.length;
  const axis = node.op === "conv" ? 1 : (node.attributes.axis ?? rank - 1);
  const scaleDims = [count, ...new Array<number>(rank - axis - 1).fill(1)];
  const products = elementCount(weights.type.dims) / count;
  const taps = node.op === "conv" ? elementCount(weights.type.dims.slice(2)) : 1;
  const summed = node.op === "conv" ? 1 : channels.indexOf(false);
  return { node, x, weights, channels, summed, scaleDims, products, taps };
}

function replacement(
  product: Product,
  quantized: Quantized,
  context: RewriteContext,
): ReturnType<Rule["match"]> {
  const { node, x, weights, scaleDims } = product;
  const range = quantizeAtRunTime(x, context);
  const constants: Constant[] = [...range.constants];
  const before: Named[] = [...range.before];
  const add = (suffix: string, one: NewNode): Operand => {
    const name = context.fresh(`${node.name}.${suffix}`);
    before.push({ name, ...one });
    return `%${name}`;
  };
  const [bytes, scales] = quantizedWeights(weights, quantized, scaleDims, context);
  constants.push(...[bytes, scales].flatMap(({ added }) => added));
  const wide = add("weights", { op: "cast", inputs: [bytes.operand], attributes: { to: "i32" } });
  const { attributes } = node;
  const sum = add("sum", { op: node.op, inputs: [range.centred, wide], attributes });
  const scale = add("scale", { op: "mul", inputs: [range.scale, scales.operand] });
  const float = add("float", { op: "cast", inputs: [sum], attributes: { to: "f32" } });
  const scaled: NewNode = { op: "mul", inputs: [float, scale] };
  const bias = context.constant(node.inputs[2]);
  if (bias === undefined) return { constants, before, node: scaled };
  const shift = aliasConstant(context, bias, "row", scaleDims);
  const value = add("scaled", scaled);
  return {
    constants: [...constants, ...shift.added],
    before,
    node: { op: "add", inputs: [value, shift.operand] },
  };
}

interface Added {
  readonly operand: Operand;
  readonly added: readonly Constant[];
}

/** The integers and their scales: once for all who read the weights. */
function quantizedWeights(
  { name, type, source }: Constant,
  { values, scale }: Quantized,
  dims: readonly number[],
  context: RewriteContext,
): readonly [bytes: Added, scales: Added] {
  const known = made.get(source);
  const there = context.constant(known && `@${known.name}`);
  const bytes: Constant =
    there !== undefined && there.source === known?.source
      ? there
      : {
          name: context.fresh(`${name}.i8`),
          type: { dtype: "i8", dims: type.dims },
          source: { kind: "data", data: values },
        };
  made.set(source, bytes);
  const scales: Constant = {
    // Not what a node of the same name calls its own.
    name: context.fresh(`${name}.scales`),
    type: { dtype: "f32", dims },
    source: { kind: "data", data: scale },
  };
  return [
    { operand: `@${bytes.name}`, added: bytes === there ? [] : [bytes] },
    { operand: `@${scales.name}`, added: [scales] },
  ];
}

/** What constants were quantised to, for those who read them again. */
const made = new WeakMap<object, Constant>();
