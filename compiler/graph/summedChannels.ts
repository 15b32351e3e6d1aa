/** Asks what a node means whether a constant is a weight: one factor of a product that is summed up. */
import type { TensorType } from "../base/tensor.js";
import type { Compute, Expr } from "../compute/ir.js";
import { mentions } from "../compute/walk.js";
import { operandName } from "../ops/op.js";
import type { Operand } from "./definition.js";
import { kernelOf, opOf } from "./evaluate.js";
import type { Node } from "./graph.js";

/**
 * Which dims of a constant count what is computed rather than what is summed up, where it is one factor of a product
 * that is summed; undefined where it is not.
 */
export function summedChannels(
  node: Node,
  position: number,
  typeOf: (operand: Operand) => TensorType,
): readonly boolean[] | undefined {
  const { computes } = kernelOf(node, typeOf);
  const source = operandName(opOf(node.op), position);
  const { dims } = typeOf(node.inputs[position]!);
  for (const compute of computes) {
    const load = factorsOf(compute).find((one) => one.kind === "load" && one.source === source);
    if (load?.kind !== "load") continue;
    return dims.map((_, d) => !compute.reduce.some(({ name }) => mentions(load.index[d]!, name)));
  }
  return undefined;
}

/** The factors of what is summed up; none where nothing is, or no product. */
function factorsOf({ reduce, combine, body }: Compute): readonly Expr[] {
  if (reduce.length === 0 || combine !== "sum") return [];
  const factors = (expr: Expr): readonly Expr[] =>
    expr.kind === "binary" && expr.op === "mul"
      ? [...factors(expr.left), ...factors(expr.right)]
      : [expr];
  const all = factors(body);
  return all.length < 2 ? [] : all;
}
