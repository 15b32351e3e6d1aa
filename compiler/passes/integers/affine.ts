/** Recognises floats that are integers with a scale and a zero point, scale · (q − zero), as casts, differences and products write them. */
import { sameDims, type DType, type Tensor } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { Node } from "../../graph/graph.js";
import type { RewriteContext } from "../../graph/rewrite/rule.js";

export interface Affine {
  /** Integers as they lie. */
  readonly integers: Operand;
  /** What stands for 0, whole numbers that broadcast over the integers; none where 0 does. */
  readonly zero?: Tensor;
  /** f32 that broadcasts over the integers; none where it is 1. */
  readonly scale?: Tensor;
  /** What the value is turned by, behind all else. */
  readonly permutation?: readonly number[];
}

/** What products of integers are taken of. */
export const NARROW: readonly DType[] = ["i8", "u8", "i16"];

/** The integers behind a float; undefined where it is something else. Types are those that integers may have. */
export function affineOf(
  operand: Operand | undefined,
  context: RewriteContext,
  types = NARROW,
): Affine | undefined {
  const node = context.node(operand);
  if (node?.op !== "transpose") return scaledOf(node, context, types);
  const inner = scaledOf(context.node(node.inputs[0]), context, types);
  const { permutation = [...node.type.dims.keys()].reverse() } = node.attributes;
  return inner && { ...inner, permutation };
}

function scaledOf(
  node: Node | undefined,
  context: RewriteContext,
  types: readonly DType[],
): Affine | undefined {
  if (node?.type.dtype !== "f32") return undefined;
  if (node.op !== "mul") return lessZero(node, context, types);
  const [left, right] = node.inputs;
  const [x, by] = context.constant(left) === undefined ? [left, right] : [right, left];
  const inner = lessZero(context.node(x), context, types);
  const scale = inner && valueOver(node, by, context);
  return scale && { ...inner, scale };
}

/** q − zero, the difference taken of floats or of integers of 32 bits. */
function lessZero(
  node: Node | undefined,
  context: RewriteContext,
  types: readonly DType[],
): Affine | undefined {
  if (node?.op === "sub") {
    // Of many channels it is a cast that nobody has computed yet.
    const from = context.node(node.inputs[1]);
    const point = from?.op === "cast" ? from.inputs[0] : node.inputs[1];
    const zero = valueOver(node, point, context);
    const inner = zero?.data.every((one) => Number.isInteger(Number(one)))
      ? castOf(context.node(node.inputs[0]), context, types)
      : undefined;
    return inner && zero && { ...inner, zero };
  }
  if (node?.op !== "cast") return undefined;
  const plain = castOf(node, context, types);
  const from = context.node(node.inputs[0]);
  return plain ?? (from?.type.dtype === "i32" ? lessZero(from, context, types) : undefined);
}

function castOf(
  node: Node | undefined,
  context: RewriteContext,
  types: readonly DType[],
): Affine | undefined {
  if (node?.op !== "cast" || (node.type.dtype !== "f32" && node.type.dtype !== "i32"))
    return undefined;
  const integers = node.inputs[0]!;
  return types.includes(context.type(integers).dtype) ? { integers } : undefined;
}

/** A constant that another operand is joined with, and that makes no more elements of it. */
function valueOver(
  node: Node,
  operand: Operand | undefined,
  context: RewriteContext,
): Tensor | undefined {
  if (context.constant(operand) === undefined) return undefined;
  const other = node.inputs.find((one) => one !== operand);
  if (other === undefined) return undefined;
  return sameDims(context.type(other).dims, node.type.dims) ? context.value(operand) : undefined;
}

/** One number for all, or one for each index of a dimension, of what broadcasts over `rank` dims; undefined for else. */
export function perIndex(
  { type: { dims }, data }: Tensor,
  rank: number,
  dimension: number,
): readonly number[] | undefined {
  const skipped = rank - dims.length;
  const apart = dims.every((dim, d) => dim === 1 || d + skipped === dimension);
  return apart ? Array.from<number | bigint, number>(data, Number) : undefined;
}
