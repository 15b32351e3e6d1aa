/** Maxima and minima with numbers, and several bounds in a row, are one clip. */
import type { Node } from "../../graph/graph.js";
import type { Replacement, Rule } from "../../graph/rewrite/rule.js";
import type { Operand } from "../../graph/definition.js";
import { sameType } from "../../base/tensor.js";
import { eitherWay, scalarOf } from "./match.js";

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** max(x, @0) => relu(x); min(x, @6) => clip(x) {max=6} */
const boundToClip: Rule = {
  name: "bound-to-clip",
  match(node, context) {
    if ((node.op !== "max" && node.op !== "min") || node.type.dtype !== "f32") return undefined;
    return eitherWay(node, (x, constant) => {
      const bound = scalarOf(constant, context);
      if (bound === undefined || !Number.isFinite(bound)) return undefined;
      if (!sameType(context.type(x), node.type)) return undefined;
      return clipOf(x, node.op === "max" ? { min: bound } : { max: bound });
    });
  },
};

/** clip(relu(x)) {max=6} => clip(x) {min=0, max=6} */
const mergeClips: Rule = {
  name: "merge-clips",
  match(node, context) {
    const inner = context.node(node.inputs[0]);
    const [outer, first] = [boundsOf(node), inner && boundsOf(inner)];
    if (outer === undefined || first === undefined || inner === undefined) return undefined;
    if (context.uses(`%${inner.name}`) !== 1) return undefined;
    return clipOf(inner.inputs[0]!, {
      min: bounded(first.min ?? -Infinity, outer),
      max: bounded(first.max ?? Infinity, outer),
    });
  },
};

/** What a node bounds its operand by; undefined where it does something else, or nothing could be between. */
function boundsOf(node: Node): Bounds | undefined {
  if (node.op === "relu") return { min: 0 };
  if (node.op !== "clip") return undefined;
  const { min = -Infinity, max = Infinity } = node.attributes;
  return min <= max ? node.attributes : undefined;
}

function bounded(value: number, { min = -Infinity, max = Infinity }: Bounds): number | undefined {
  const inside = Math.min(Math.max(value, min), max);
  return Number.isFinite(inside) ? inside : undefined;
}

function clipOf(x: Operand, { min, max }: Bounds): Replacement {
  if (min === 0 && max === undefined) return { node: { op: "relu", inputs: [x] } };
  return { node: { op: "clip", inputs: [x], attributes: { min, max } } };
}

export const boundRules: readonly Rule[] = [boundToClip, mergeClips];
