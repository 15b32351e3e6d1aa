/** Follows nodes back along their first operands, where each is of the op that is looked for. */
import type { Operand } from "./definition.js";
import type { Node, OpName } from "./graph.js";

/** Where nodes are found by what they compute. */
export interface Nodes {
  node(operand: Operand | undefined): Node | undefined;
}

/** The last node of the way, `from` being what its first one computes: `["relu", "add"]` is relu(add(…)). */
export function lookThrough(
  from: Operand | undefined,
  way: readonly OpName[],
  nodes: Nodes,
): Node | undefined {
  let [at, found] = [from, undefined as Node | undefined];
  for (const op of way) {
    found = nodes.node(at);
    if (found?.op !== op) return undefined;
    [at] = found.inputs;
  }
  return found;
}

/** min(reduceMin(x), 0) => x */
export function lowestOf(low: Operand | undefined, nodes: Nodes): Operand | undefined {
  const clip = nodes.node(low);
  if (clip?.op !== "clip" || clip.attributes.min !== undefined || clip.attributes.max !== 0)
    return undefined;
  return lookThrough(low, ["clip", "reduceMin"], nodes)?.inputs[0];
}
