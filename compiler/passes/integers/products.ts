/** Sums of products of two floats that are integers with a scale: the integers are multiplied, and the scales behind them. */
import { tensor, type Tensor } from "../../base/tensor.js";
import type { Constant, Operand } from "../../graph/definition.js";
import type { Node, NodeOf } from "../../graph/graph.js";
import { sumsUp } from "../../graph/movedOperands.js";
import type { NewNode, RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { affineOf, perIndex, type Affine } from "./affine.js";
import { integerRange, less, magnitude, rangeOfValues, termsOf } from "./range.js";

type Product = NodeOf<"conv"> | NodeOf<"matmul">;
type Named = NewNode & { readonly name: string };

/** Sums of 32 bits wrap from here on. */
export const WRAPS = 2 ** 31;

/** conv(s · (q − z), t · (w − u), b)  =>  cast(conv(q − z, w − u)) · (s · t) + b, with sums of 32 bits that do not wrap */
export const integerProducts: Rule = {
  name: "integer-products",
  match(node, context) {
    if (!isProduct(node) || node.type.dtype !== "f32") return undefined;
    const [x, w] = [affineOf(node.inputs[0], context), affineOf(node.inputs[1], context)];
    if (x === undefined && w === undefined) return undefined;
    const reason =
      x === undefined || w === undefined
        ? `${node.inputs[x === undefined ? 0 : 1]!.slice(1)} is no narrow integer with a scale`
        : wrapsOrReason(node, x, w, context);
    if (typeof reason === "string") {
      context.note(`its sums stay f32: ${reason}`);
      return undefined;
    }
    return rewritten(node, x!, w!, reason, context);
  },
};

/** Says of sums over integers with a scale, which are no products, that they stay f32. */
export function noteSums(node: Node, context: RewriteContext): undefined {
  if (!isProduct(node) && sumsUp(node, context.type))
    context.note(`${node.op} is computed as f32: only products and moves have integers`);
}

function isProduct(node: Node): node is Product {
  return node.op === "conv" || node.op === "matmul";
}

/** Scales of the sums, one or one for each output; or why there are none. */
function wrapsOrReason(
  node: Product,
  x: Affine,
  w: Affine,
  context: RewriteContext,
): Tensor | string {
  const one = singleOf(x.scale, 1);
  if (one === undefined) return "its operand has more than one scale";
  if (singleOf(x.zero, 0) === undefined) return "its operand has more than one zero point";
  const scales = outputScales(node, w, context);
  if (scales === undefined) return "its weights have scales along what is summed up";
  const most = termsOf(node, context) * reach(x, context) * reach(w, context);
  if (most >= WRAPS) return `they may come to ${most}, beyond 32 bits`;
  const joined = scales.map((scale) => Math.fround(one * scale));
  const { dims } = node.type;
  const axis = outputAxis(node);
  const own = joined.length === 1 ? [] : [joined.length, ...dims.slice(axis + 1).map(() => 1)];
  return tensor("f32", own, joined);
}

/** The one number that all elements have; undefined where they have several. */
function singleOf(values: Tensor | undefined, otherwise: number): number | undefined {
  if (values === undefined) return otherwise;
  return values.data.length === 1 ? Number(values.data[0]) : undefined;
}

/** Which dimension of a sum's value is that of its outputs. */
function outputAxis(node: Product): number {
  return node.op === "conv" ? 1 : (node.attributes.axis ?? node.type.dims.length - 1);
}

/** One scale of the weights, or one for each output. */
function outputScales(
  node: Product,
  w: Affine,
  context: RewriteContext,
): readonly number[] | undefined {
  if (w.scale === undefined) return [1];
  const { dims } = context.type(node.inputs[1]!);
  const ofOutputs = node.op === "conv" || node.attributes.axis !== undefined ? 0 : dims.length - 1;
  const from = w.permutation?.[ofOutputs] ?? ofOutputs;
  return dims.length < 2 ? undefined : perIndex(w.scale, dims.length, from);
}

/** The largest magnitude of integers less what stands for 0. */
function reach({ integers, zero }: Affine, context: RewriteContext): number {
  const own = integerRange(integers, context)!;
  return magnitude(less(own, rangeOfValues(zero?.data ?? [0])));
}

function rewritten(node: Product, x: Affine, w: Affine, scales: Tensor, context: RewriteContext) {
  const left = centred(x, `${node.name}.x`, context);
  const right = centred(w, `${node.name}.w`, context);
  const scale = named(`${node.name}.scale`, scales, context);
  const bias = node.inputs[2];
  const sum = context.fresh(`${node.name}.sum`);
  const float = context.fresh(`${node.name}.sum.f32`);
  const scaled = context.fresh(`${node.name}.scaled`);
  const { op, attributes } = node;
  const before: Named[] = [
    ...left.nodes,
    ...right.nodes,
    { name: sum, op, inputs: [left.operand, right.operand], attributes },
    { name: float, op: "cast", inputs: [`%${sum}`], attributes: { to: "f32" } },
  ];
  const constants = [...left.constants, ...right.constants, scale];
  const product: NewNode = { op: "mul", inputs: [`%${float}`, `@${scale.name}`] };
  if (bias === undefined) return { constants, before, node: product };
  const flat = context.fresh(`${node.name}.bias`);
  const { dims } = node.type;
  const shape = dims.slice(outputAxis(node)).map((dim, d) => (d === 0 ? dim : 1));
  before.push({ name: scaled, ...product });
  before.push({ name: flat, op: "reshape", inputs: [bias], attributes: { shape } });
  return { constants, before, node: { op: "add", inputs: [`%${scaled}`, `%${flat}`] } as const };
}

/** Integers of 32 bits less what stands for 0, turned as the float was. */
function centred(
  { integers, zero, permutation }: Affine,
  base: string,
  context: RewriteContext,
): {
  readonly operand: Operand;
  readonly nodes: readonly Named[];
  readonly constants: readonly Constant[];
} {
  const nodes: Named[] = [];
  const constants: Constant[] = [];
  const push = (suffix: string, node: NewNode): Operand => {
    const name = context.fresh(`${base}${suffix}`);
    nodes.push({ name, ...node });
    return `%${name}`;
  };
  let operand = push("", { op: "cast", inputs: [integers], attributes: { to: "i32" } });
  if (zero?.data.some((one) => Number(one) !== 0) === true) {
    const whole = tensor(
      "i32",
      zero.type.dims,
      Array.from<number | bigint, number>(zero.data, Number),
    );
    const constant = named(`${base}.zero`, whole, context);
    constants.push(constant);
    operand = push(".centred", { op: "sub", inputs: [operand, `@${constant.name}`] });
  }
  if (permutation !== undefined)
    operand = push(".turned", { op: "transpose", inputs: [operand], attributes: { permutation } });
  return { operand, nodes, constants };
}

export function named(base: string, { type, data }: Tensor, context: RewriteContext): Constant {
  return { name: context.fresh(base), type, source: { kind: "data", data } };
}

/** The integer sum and the scales of `mul(cast(sum), @scales)`. */
export function scaledSum(
  node: Node | undefined,
  context: RewriteContext,
): { readonly float: Operand; readonly sum: Operand; readonly scales: Operand } | undefined {
  if (node?.op !== "mul") return undefined;
  const [float, scales] = node.inputs;
  const cast = context.node(float);
  const sum = cast?.op === "cast" ? cast.inputs[0]! : undefined;
  if (sum === undefined || context.type(sum).dtype !== "i32") return undefined;
  if (context.constant(sum) !== undefined || context.constant(scales) === undefined)
    return undefined;
  return { float: float!, sum, scales: scales! };
}
