/** Adaptive pools are plain pools where their windows are all alike. */
import type { OpName } from "../../graph/graph.js";
import type { Rule } from "../../graph/rewrite/rule.js";

const GLOBAL = {
  adaptiveAveragePool: "globalAveragePool",
  adaptiveMaxPool: "globalMaxPool",
} as const satisfies Partial<Record<OpName, OpName>>;

const PLAIN = {
  adaptiveAveragePool: "averagePool",
  adaptiveMaxPool: "maxPool",
} as const satisfies Partial<Record<OpName, OpName>>;

/** adaptiveAveragePool(x) {outputSize=[1,1]} => globalAveragePool(x) */
const adaptiveToGlobal: Rule = {
  name: "adaptive-to-global",
  match(node) {
    if (node.op !== "adaptiveAveragePool" && node.op !== "adaptiveMaxPool") return undefined;
    if (node.type.dims.slice(2).some((dim) => dim !== 1)) return undefined;
    return { node: { op: GLOBAL[node.op], inputs: node.inputs } };
  },
};

/** adaptiveMaxPool(x: [n,c,12,8]) {outputSize=[6,2]} => maxPool(x) {kernel=[2,4], strides=[2,4]} */
const adaptiveToPlain: Rule = {
  name: "adaptive-to-plain",
  match(node, context) {
    if (node.op !== "adaptiveAveragePool" && node.op !== "adaptiveMaxPool") return undefined;
    const outputs = node.type.dims.slice(2);
    const inputs = context.type(node.inputs[0]!).dims.slice(2);
    if (inputs.some((dim, i) => dim % outputs[i]! !== 0)) return undefined;
    const kernel = inputs.map((dim, i) => dim / outputs[i]!);
    return {
      node: { op: PLAIN[node.op], inputs: node.inputs, attributes: { kernel, strides: kernel } },
    };
  },
};

export const poolRules: readonly Rule[] = [adaptiveToGlobal, adaptiveToPlain];
