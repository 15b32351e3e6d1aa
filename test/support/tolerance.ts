/** What a kernel is allowed to be wrong by, from the tolerances of the ops it covers. */
import { opOf } from "../../compiler/graph/evaluate.js";
import type { Node } from "../../compiler/graph/graph.js";
import type { Kernel } from "../../compiler/compute/ir.js";

/** The most elements that one element of a kernel's output sums over. */
export function reductionLength({ computes }: Kernel): number {
  const lengths = computes.map(({ reduce }) =>
    reduce.reduce((product, { extent }) => product * extent, 1),
  );
  return Math.max(1, ...lengths);
}

/** Error units of an op, see Op.tolerance. */
export function toleranceOf(op: Node["op"]): number {
  return opOf(op).tolerance ?? 8;
}
