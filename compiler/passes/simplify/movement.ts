/** Two nodes in a row that only move elements are one. */
import type { Node } from "../../graph/graph.js";
import type { Rule } from "../../graph/rewrite/rule.js";

export const RESHAPES: readonly Node["op"][] = ["reshape", "flatten", "squeeze", "unsqueeze"];

/** reshape(unsqueeze(x) {axes=[0]}) {shape=[6]} => reshape(x) {shape=[6]} */
const mergeReshapes: Rule = {
  name: "merge-reshapes",
  match(node, context) {
    const inner = context.node(node.inputs[0]);
    if (inner === undefined || !RESHAPES.includes(node.op) || !RESHAPES.includes(inner.op)) {
      return undefined;
    }
    const attributes = { shape: node.type.dims };
    return { node: { op: "reshape", inputs: inner.inputs, attributes } };
  },
};

/** transpose(transpose(x) {permutation=p}) {permutation=q} => transpose(x) {permutation=p[q]} */
const mergeTransposes: Rule = {
  name: "merge-transposes",
  match(node, context) {
    const inner = context.node(node.inputs[0]);
    if (node.op !== "transpose" || inner?.op !== "transpose") return undefined;
    const first = inner.attributes.permutation;
    const permutation = node.attributes.permutation?.map((at) => first?.[at]);
    return { node: { op: "transpose", inputs: inner.inputs, attributes: { permutation } } };
  },
};

export const movementRules: readonly Rule[] = [mergeReshapes, mergeTransposes];
