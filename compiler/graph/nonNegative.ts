/** Asks what nodes mean whether no element of a value can be below 0, as behind a ReLU, a sigmoid, or a pool of such. */
import type { Combine, Compute, Expr, Kernel } from "../compute/ir.js";
import type { Tensor, TensorType } from "../base/tensor.js";
import { operandName } from "../ops/op.js";
import type { Operand } from "./definition.js";
import { kernelOf, opOf } from "./evaluate.js";
import type { Node } from "./graph.js";

/** What has to be known of the graph. */
export interface Surroundings {
  node(operand: Operand | undefined): Node | undefined;
  type(operand: Operand): TensorType;
  value(operand: Operand | undefined): Tensor | undefined;
}

/** Nodes behind one another that are looked through. */
const DEEPEST = 32;

/** What was found of a node: its value stays what it is, whatever the graph around it becomes. */
const known = new WeakMap<Node, boolean>();

/** Whether every element is at least 0, −0 among them, or NaN. */
export function isNonNegative(operand: Operand, around: Surroundings, depth = DEEPEST): boolean {
  const constant = around.value(operand);
  if (constant !== undefined) return constant.data.every((value: number | bigint) => !(value < 0));
  const node = around.node(operand);
  if (node === undefined || depth === 0) return false;
  const before = known.get(node);
  if (before !== undefined) return before;
  const found = meansNonNegative(node, around, depth);
  if (found || depth === DEEPEST) known.set(node, found);
  return found;
}

function meansNonNegative(node: Node, around: Surroundings, depth: number): boolean {
  const op = opOf(node.op);
  const kernel = kernelOf(node, (operand) => around.type(operand));
  const read = new Map<string, Operand>();
  node.inputs.forEach((operand, i) => {
    if (operand !== undefined) read.set(operandName(op, i), operand);
  });
  return kernelWrites(kernel, (source) => {
    const operand = read.get(source);
    return operand !== undefined && isNonNegative(operand, around, depth - 1);
  });
}

/** Whether all that a kernel writes is so, where `input` says it of what it reads. */
function kernelWrites(kernel: Kernel, input: (source: string) => boolean): boolean {
  const written = new Map<string, boolean>(
    kernel.constants.map(({ name, value }) => [name, value.data.every((one) => !(one < 0))]),
  );
  const sources = new Map<string, boolean>();
  const isSource = (source: string): boolean => {
    const found = written.get(source) ?? sources.get(source) ?? input(source);
    if (!written.has(source)) sources.set(source, found);
    return found;
  };
  let every = true;
  for (const compute of kernel.computes) {
    const holds = resultOf(compute, isSource);
    if (compute.target === "out") every &&= holds;
    // What a step of a scan reads may be of the step before, which comes later here.
    else if (compute.scan !== undefined) written.set(compute.target, false);
    else written.set(compute.target, holds && written.get(compute.target) !== false);
  }
  return every;
}

type Holds = (source: string) => boolean;

function resultOf({ reduce, combine, init, body, epilogue }: Compute, holds: Holds): boolean {
  const start = init === undefined || inExpr(init, holds, false);
  const combined =
    reduce.length === 0
      ? inExpr(body, holds, false)
      : reduced(combine ?? "sum", start, body, holds);
  return epilogue === undefined ? combined : inExpr(epilogue, holds, combined);
}

function reduced(combine: Combine, start: boolean, body: Expr, holds: Holds): boolean {
  // A maximum has elements beside what stands for none.
  const each = inExpr(combine === "max" ? withoutEdge(body) : body, holds, false);
  return each && start;
}

/** max-pooling holds −∞ where there is nothing. */
function withoutEdge(body: Expr): Expr {
  if (body.kind !== "load" || body.boundary === undefined) return body;
  const { boundary, ...load } = body;
  return boundary.mode === "constant" && boundary.value === -Infinity ? load : body;
}

/** `sum`: whether the accumulator is so. */
function inExpr(expr: Expr, holds: Holds, sum: boolean): boolean {
  const of = (inner: Expr): boolean => inExpr(inner, holds, sum);
  switch (expr.kind) {
    case "constant":
      return expr.value >= 0;
    case "load":
      return isEdge(expr.boundary) && holds(expr.source);
    case "cast":
      return expr.operand.dtype === "bool" || of(expr.operand);
    case "select":
      return of(expr.then) && of(expr.otherwise);
    case "accumulator":
      return sum;
    case "unary":
      return ALWAYS.has(expr.op) || (KEEPING.has(expr.op) && of(expr.operand));
    case "binary":
      if (expr.dtype !== "f32") return false;
      if (expr.op === "max") return of(expr.left) || of(expr.right);
      return BOTH.has(expr.op) && of(expr.left) && of(expr.right);
    case "index":
      return false;
    default:
      return expr satisfies never;
  }
}

function isEdge(boundary: (Expr & { kind: "load" })["boundary"]): boolean {
  return boundary?.mode !== "constant" || boundary.value >= 0;
}

const ALWAYS: ReadonlySet<string> = new Set(["abs", "sqrt", "exp", "not", "isnan"]);
const KEEPING: ReadonlySet<string> = new Set(["fround", "floor", "ceil", "trunc", "round"]);
const BOTH: ReadonlySet<string> = new Set(["add", "mul", "div", "min"]);
