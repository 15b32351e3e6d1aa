/** Activations that exporters write as several nodes. */
import type { Operand } from "../../graph/definition.js";
import type { Node } from "../../graph/graph.js";
import type { RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { sameType } from "../../base/tensor.js";
import { isNear, withScalar } from "./match.js";

/** mul(x, sigmoid(x)) => silu(x) */
const silu: Rule = {
  name: "silu",
  match(node, context) {
    const x = selfGated(node, context, (gate) =>
      gate.op === "sigmoid" ? gate.inputs[0] : undefined,
    );
    return x === undefined ? undefined : { node: { op: "silu", inputs: [x] } };
  },
};

/** div(clip(add(x, 3)) {min=0, max=6}, 6) => hardSigmoid(x) {alpha=1/6} */
const hardSigmoid: Rule = {
  name: "hard-sigmoid",
  match(node, context) {
    const sixfold = sixth(node, context);
    const x = sixfold === undefined ? undefined : shiftedClip(sixfold, context);
    if (x === undefined || !sameType(context.type(x), node.type)) return undefined;
    return { node: { op: "hardSigmoid", inputs: [x], attributes: { alpha: 1 / 6, beta: 0.5 } } };
  },
};

/** mul(x, hardSigmoid(x) {alpha=1/6}) => hardSwish(x) */
const hardSwish: Rule = {
  name: "hard-swish",
  match(node, context) {
    const x = selfGated(node, context, (gate) =>
      gate.op === "hardSigmoid" && isSixth(gate.attributes.alpha) && gate.attributes.beta === 0.5
        ? gate.inputs[0]
        : undefined,
    );
    return x === undefined ? undefined : { node: { op: "hardSwish", inputs: [x] } };
  },
};

/** div(mul(x, clip(add(x, 3)) {min=0, max=6}), 6) => hardSwish(x) */
const hardSwishDivided: Rule = {
  name: "hard-swish-divided",
  match(node, context) {
    const product = sixth(node, context);
    if (product === undefined) return undefined;
    const x = selfGated(product, context, (gate) => shiftedClip(gate, context));
    if (x === undefined || !sameType(context.type(x), node.type)) return undefined;
    return { node: { op: "hardSwish", inputs: [x] } };
  },
};

/** x of mul(x, gate) in either order, where the gate is read once and `from` says that it comes from x. */
function selfGated(
  node: Node,
  context: RewriteContext,
  from: (gate: Node) => Operand | undefined,
): Operand | undefined {
  if (node.op !== "mul") return undefined;
  const [left, right] = node.inputs;
  for (const [x, gate] of [
    [left, right],
    [right, left],
  ]) {
    const inner = context.node(gate);
    if (x === undefined || inner === undefined || context.uses(`%${inner.name}`) !== 1) continue;
    if (from(inner) === x) return x;
  }
  return undefined;
}

/** y of div(y, 6) or mul(y, 1/6), where y is read once. */
function sixth(node: Node, context: RewriteContext): Node | undefined {
  const divided = withScalar(node, "div", context);
  const found = divided ?? withScalar(node, "mul", context);
  if (!isNear(found?.number, divided === undefined ? 1 / 6 : 6)) return undefined;
  const inner = context.node(found?.x);
  return inner === undefined || context.uses(`%${inner.name}`) !== 1 ? undefined : inner;
}

/** x of clip(add(x, 3)) {min=0, max=6} */
function shiftedClip(node: Node, context: RewriteContext): Operand | undefined {
  if (node.op !== "clip" || node.attributes.min !== 0 || node.attributes.max !== 6)
    return undefined;
  const shifted = context.node(node.inputs[0]);
  const sum = withScalar(shifted, "add", context);
  return sum?.number === 3 && context.uses(`%${shifted!.name}`) === 1 ? sum.x : undefined;
}

const isSixth = (value: number): boolean => isNear(value, 1 / 6);

export const activationRules: readonly Rule[] = [silu, hardSigmoid, hardSwish, hardSwishDivided];
