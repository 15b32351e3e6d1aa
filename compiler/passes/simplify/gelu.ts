/** GELU as its formula: half of x times one and an error function, or times one and a tanh. */
import type { Operand } from "../../graph/definition.js";
import type { Node } from "../../graph/graph.js";
import type { RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { sameType } from "../../base/tensor.js";
import { isClosed, isNear, polynomialIn, scalarOf, withScalar } from "./match.js";

/**
 * mul(mul(x, add(erf(div(x, √2)), 1)), 0.5) => gelu(x), and with tanh(√(2/π) · (x + 0.044715 · x³)) in the place
 * of the error function gelu(x) {approximate="tanh"}; factors may come in any order
 */
const gelu: Rule = {
  name: "gelu",
  match(node, context) {
    if (node.op !== "mul" && node.op !== "div") return undefined;
    const product = factorsOf(node, context);
    if (product?.others.length !== 2 || !isNear(product.number, 0.5)) return undefined;
    const [left, right] = product.others as [Operand, Operand];
    for (const [x, gate] of [
      [left, right],
      [right, left],
    ] as const) {
      const found = gateOf(x, gate, context);
      if (found === undefined || !sameType(context.type(x), node.type)) continue;
      const parts = [...product.parts, ...found.parts];
      if (!isClosed(node, parts, context)) continue;
      return { node: { op: "gelu", inputs: [x], attributes: { approximate: found.approximate } } };
    }
    return undefined;
  },
};

interface Product {
  /** Of all constants. */
  readonly number: number;
  readonly others: readonly Operand[];
  readonly parts: readonly Node[];
}

const MOST_FACTORS = 4;

/** The factors of a tree of products, and of quotients by constants. */
function factorsOf(node: Node, context: RewriteContext): Product | undefined {
  let number = 1;
  const others: Operand[] = [];
  const parts: Node[] = [];
  const open: Operand[] = [];
  const split = (one: Node): boolean => {
    const divisor = one.op === "div" ? scalarOf(one.inputs[1], context) : undefined;
    if (one.op === "div" && divisor === undefined) return false;
    number /= divisor ?? 1;
    open.push(...(one.inputs.slice(0, one.op === "div" ? 1 : 2) as Operand[]));
    return true;
  };
  if (!split(node)) return undefined;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const constant = scalarOf(next, context);
    const inner = context.node(next);
    if (constant !== undefined) number *= constant;
    else if ((inner?.op === "mul" || inner?.op === "div") && split(inner)) parts.push(inner);
    else others.push(next);
    if (parts.length > MOST_FACTORS) return undefined;
  }
  return { number, others, parts };
}

const CUBIC = Math.sqrt(2 / Math.PI);

/** Whether a factor is 1 + erf(x / √2) or 1 + tanh(√(2/π) · (x + 0.044715 · x³)). */
function gateOf(x: Operand, operand: Operand, context: RewriteContext) {
  const sum = context.node(operand);
  const shifted = withScalar(sum, "add", context);
  const curve = context.node(shifted?.x);
  if (sum === undefined || shifted?.number !== 1 || curve === undefined) return undefined;
  if (curve.op !== "erf" && curve.op !== "tanh") return undefined;
  const inner = polynomialIn(x, curve.inputs[0], context);
  const expected = curve.op === "erf" ? [0, Math.SQRT1_2] : [0, CUBIC, 0, CUBIC * 0.044715];
  if (inner?.value.length !== expected.length) return undefined;
  if (!expected.every((one, i) => isNear(inner.value[i], one))) return undefined;
  const approximate = curve.op === "erf" ? "none" : "tanh";
  return { approximate, parts: [sum, curve, ...inner.parts] };
}

export const geluRules: readonly Rule[] = [gelu];
