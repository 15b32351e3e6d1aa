/** How large integers of a run can be, as casts, differences and sums of products bound them. */
import { rangeOf } from "../../base/numbers.js";
import { elementCount, type TensorData } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { Node, NodeOf } from "../../graph/graph.js";
import type { RewriteContext } from "../../graph/rewrite/rule.js";

/** From the least to the largest. */
export type Range = readonly [least: number, most: number];

/** Nodes inside one another. */
const DEEPEST = 8;

/** Between which numbers the elements of integers lie; undefined where that is any of 32 bits or more. */
export function integerRange(
  operand: Operand,
  context: RewriteContext,
  depth = 0,
): Range | undefined {
  const { dtype } = context.type(operand);
  const values = context.value(operand)?.data;
  if (values !== undefined && dtype !== "f32") return rangeOfValues(values);
  if (dtype !== "i32") return dtype === "i64" ? undefined : (rangeOf(dtype)?.map(Number) as never);
  const node = context.node(operand);
  if (node === undefined || depth === DEEPEST) return undefined;
  const of = (input: Operand | undefined): Range | undefined =>
    input && integerRange(input, context, depth + 1);
  const range = rangeOfNode(node, of, context);
  return range?.every((end) => Math.abs(end) < 2 ** 31) === true ? range : undefined;
}

function rangeOfNode(
  node: Node,
  of: (input: Operand | undefined) => Range | undefined,
  context: RewriteContext,
): Range | undefined {
  const [left, right, bias] = node.inputs;
  switch (node.op) {
    case "cast":
    case "transpose":
    case "reshape":
      return of(left);
    case "sub": {
      const [a, b] = [of(left), of(right)];
      return a && b && less(a, b);
    }
    case "conv":
    case "matmul": {
      const [x, w] = [of(left), of(right)];
      const b = bias === undefined ? ([0, 0] as const) : of(bias);
      if (x === undefined || w === undefined || b === undefined) return undefined;
      const { zero } = node.attributes;
      const most = termsOf(node, context) * magnitude(less(x, [zero, zero])) * magnitude(w);
      return [-most - magnitude(b), most + magnitude(b)];
    }
    default:
      return undefined;
  }
}

export function rangeOfValues(values: TensorData | readonly number[]): Range {
  let [least, most] = [Infinity, -Infinity];
  for (const one of values) {
    const value = Number(one);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

export function less(a: Range, b: Range): Range {
  return [a[0] - b[1], a[1] - b[0]];
}

/** The largest magnitude. */
export function magnitude([least, most]: Range): number {
  return Math.max(Math.abs(least), Math.abs(most));
}

/** How many products each sum of a product has. */
export function termsOf(node: NodeOf<"conv"> | NodeOf<"matmul">, context: RewriteContext): number {
  const { dims } = context.type(node.inputs[1]!);
  if (node.op === "conv") return elementCount(dims.slice(1));
  return node.attributes.axis === undefined ? (dims.at(-2) ?? dims[0]!) : dims[1]!;
}
