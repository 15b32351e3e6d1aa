/** Asks what a node means: whether it only moves elements, or takes the largest or least of some, or sums some up. */
import { identityOf, type Compute } from "../compute/ir.js";
import type { TensorType } from "../base/tensor.js";
import { operandName } from "../ops/op.js";
import type { Operand } from "./definition.js";
import { kernelOf, opOf } from "./evaluate.js";
import type { Node } from "./graph.js";

/** Positions of the operands whose elements it does so with; undefined where it does more. */
export function movedOperands(
  node: Node,
  typeOf: (operand: Operand) => TensorType,
): ReadonlySet<number> | undefined {
  const op = opOf(node.op);
  const { computes } = kernelOf(node, typeOf);
  const names = node.inputs.map((_, i) => operandName(op, i));
  const moved = new Set<number>();
  for (const compute of computes) {
    const { body } = compute;
    if (body.kind !== "load" || !isMove(compute)) return undefined;
    const at = names.indexOf(body.source);
    if (at < 0) return undefined;
    moved.add(at);
  }
  return moved;
}

export function sumsUp(node: Node, typeOf: (operand: Operand) => TensorType): boolean {
  return kernelOf(node, typeOf).computes.some(
    ({ reduce, combine }) => reduce.length > 0 && combine === "sum",
  );
}

/** Whether an element is one that is read, or of several of them the largest or least: what lies outside is none of them. */
function isMove({ target, reduce, combine, init, body, epilogue }: Compute): boolean {
  if (target !== "out" || init !== undefined || epilogue !== undefined || body.kind !== "load")
    return false;
  const isChosen = combine === "max" || combine === "min";
  if (reduce.length > 0 && !isChosen) return false;
  const { boundary } = body;
  if (boundary?.mode !== "constant") return true;
  return isChosen && boundary.value === identityOf(combine, "f32");
}
