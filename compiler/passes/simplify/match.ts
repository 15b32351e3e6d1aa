/** What rules about idioms ask: is this a number, a root, a polynomial, and does nothing else read the parts. */
import { elementCount } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { Node } from "../../graph/graph.js";
import type { RewriteContext } from "../../graph/rewrite/rule.js";

/** The value of a constant of one element. */
export function scalarOf(
  operand: Operand | undefined,
  context: RewriteContext,
): number | undefined {
  const constant = context.constant(operand);
  if (constant === undefined || elementCount(constant.type.dims) !== 1) return undefined;
  const value = context.value(operand)?.data[0];
  return value === undefined ? undefined : Number(value);
}

/** Exporters write constants with more digits or fewer. */
export function isNear(value: number | undefined, expected: number): boolean {
  return value !== undefined && Math.abs(value - expected) <= 1e-6 * Math.abs(expected);
}

/** A node and what `from` finds in it. */
export interface Found<T> {
  readonly value: T;
  /** What would have no reader, beside the node that is rewritten. */
  readonly parts: readonly Node[];
}

/** What `from` finds in one of two operands, given the other; the first that works of either order. */
export function eitherWay<T>(
  node: Node,
  from: (one: Operand, other: Operand) => T | undefined,
): T | undefined {
  const [left, right] = node.inputs;
  if (left === undefined || right === undefined) return undefined;
  return from(left, right) ?? from(right, left);
}

/** The operand and the number of `op(x, @number)`; of an addition or product in either order. */
export function withScalar(
  node: Node | undefined,
  op: "add" | "sub" | "mul" | "div",
  context: RewriteContext,
): { readonly x: Operand; readonly number: number } | undefined {
  if (node?.op !== op) return undefined;
  const found = eitherWay(node, (x, constant) => {
    const number = scalarOf(constant, context);
    return number === undefined ? undefined : { x, number, constant };
  });
  const ordered = op === "sub" || op === "div";
  return ordered && found?.constant !== node.inputs[1] ? undefined : found;
}

/** Whether nothing but the parts themselves and the node in whose place they stand reads any of them. */
export function isClosed(node: Node, parts: readonly Node[], context: RewriteContext): boolean {
  const distinct = new Map(parts.map((part) => [part.name, part]));
  const readers = [node, ...distinct.values()];
  return [...distinct.values()].every((part) => {
    const operand: Operand = `%${part.name}`;
    const inside = readers.flatMap(({ inputs }) => inputs).filter((input) => input === operand);
    return context.uses(operand) === inside.length;
  });
}

/** x of √x: sqrt(x) or pow(x, 0.5). */
export function rootOf(
  operand: Operand | undefined,
  context: RewriteContext,
): Found<Operand> | undefined {
  const node = context.node(operand);
  if (node?.op === "sqrt") return { value: node.inputs[0]!, parts: [node] };
  const isRoot = node?.op === "pow" && scalarOf(node.inputs[1], context) === 0.5;
  return isRoot ? { value: node.inputs[0]!, parts: [node] } : undefined;
}

/** x of 1 / √x: a reciprocal or quotient of a root, or pow(x, −0.5). */
export function inverseRootOf(
  operand: Operand | undefined,
  context: RewriteContext,
): Found<Operand> | undefined {
  const node = context.node(operand);
  if (node?.op === "pow" && scalarOf(node.inputs[1], context) === -0.5)
    return { value: node.inputs[0]!, parts: [node] };
  const one = node?.op === "div" && scalarOf(node.inputs[0], context) === 1;
  if (node === undefined || (node.op !== "reciprocal" && !one)) return undefined;
  const root = rootOf(node.op === "div" ? node.inputs[1] : node.inputs[0], context);
  return root && { value: root.value, parts: [node, ...root.parts] };
}

/** x of x²: mul(x, x) or pow(x, 2). */
export function squareOf(
  operand: Operand | undefined,
  context: RewriteContext,
): Found<Operand> | undefined {
  const node = context.node(operand);
  if (node?.op !== "mul" && node?.op !== "pow") return undefined;
  const [x, y] = node.inputs;
  const square = node.op === "mul" ? x === y : scalarOf(y, context) === 2;
  return square ? { value: x!, parts: [node] } : undefined;
}

const HIGHEST_POWER = 4;
/** Nodes inside one another; activations are written with fewer. */
const DEEPEST = 8;

/** The coefficients of an expression that is a polynomial in x, lowest power first: 0.5 · x · x => [0, 0, 0.5]. */
export function polynomialIn(
  x: Operand,
  operand: Operand | undefined,
  context: RewriteContext,
  depth = 0,
): Found<readonly number[]> | undefined {
  if (operand === x) return { value: [0, 1], parts: [] };
  const number = scalarOf(operand, context);
  if (number !== undefined) return { value: [number], parts: [] };
  const node = context.node(operand);
  if (node === undefined || depth === DEEPEST) return undefined;
  const of = (input: Operand | undefined): Found<readonly number[]> | undefined =>
    polynomialIn(x, input, context, depth + 1);
  if (node.op === "pow") {
    const exponent = scalarOf(node.inputs[1], context);
    const base = exponent === 2 || exponent === 3 ? of(node.inputs[0]) : undefined;
    if (base === undefined) return undefined;
    const square = product(base.value, base.value);
    const value = exponent === 2 ? square : product(square, base.value);
    return value.length > HIGHEST_POWER ? undefined : { value, parts: [node, ...base.parts] };
  }
  if (node.op !== "add" && node.op !== "sub" && node.op !== "mul" && node.op !== "div")
    return undefined;
  const left = of(node.inputs[0]);
  const right = left && of(node.inputs[1]);
  const value = left && right && combined(node.op, left.value, right.value);
  if (value === undefined || value.length > HIGHEST_POWER) return undefined;
  return { value, parts: [node, ...left!.parts, ...right!.parts] };
}

function combined(
  op: "add" | "sub" | "mul" | "div",
  left: readonly number[],
  right: readonly number[],
): readonly number[] | undefined {
  switch (op) {
    case "mul":
      return product(left, right);
    case "div":
      return right.length === 1 ? left.map((one) => one / right[0]!) : undefined;
    case "add":
    case "sub": {
      const sign = op === "add" ? 1 : -1;
      const length = Math.max(left.length, right.length);
      return Array.from({ length }, (_, i) => (left[i] ?? 0) + sign * (right[i] ?? 0));
    }
    default:
      return op satisfies never;
  }
}

function product(left: readonly number[], right: readonly number[]): readonly number[] {
  const result = new Array<number>(left.length + right.length - 1).fill(0);
  left.forEach((a, i) => right.forEach((b, j) => (result[i + j]! += a * b)));
  return result;
}
