/** Moves reshapes and transposes from a concat to its operands, where each may be written in place. */
import type { Node } from "../../graph/graph.js";
import type { NewNode, RewriteContext, Rule } from "../../graph/rewrite/rule.js";
import { sameDims } from "../../base/tensor.js";
import { RESHAPES } from "./movement.js";

/** reshape(concat(a, b) {axis=1}) {shape=[n,2,c,h,w]} => concat(reshape(a) {shape=[n,1,c,h,w]}, …) {axis=1} */
const stackConcat: Rule = {
  name: "stack-concat",
  match(node, context) {
    if (!RESHAPES.includes(node.op)) return undefined;
    const inner = soleConcat(node, context);
    if (inner === undefined) return undefined;
    const { axis } = inner.attributes;
    const count = inner.inputs.length;
    const { dims } = inner.type;
    const part = dims[axis]! / count;
    const stacked = [...dims.slice(0, axis), count, part, ...dims.slice(axis + 1)];
    if (count === 1 || !sameDims(node.type.dims, stacked)) return undefined;
    if (inner.inputs.some((input) => context.type(input!).dims[axis] !== part)) return undefined;
    const shape = stacked.map((dim, i) => (i === axis ? 1 : dim));
    return concatOf(node, context, inner, axis, { op: "reshape", attributes: { shape } });
  },
};

/** transpose(concat(a, b) {axis=1}) {permutation=p} => concat(transpose(a) {permutation=p}, …) {axis=…} */
const transposeConcat: Rule = {
  name: "transpose-concat",
  match(node, context) {
    if (node.op !== "transpose") return undefined;
    const inner = soleConcat(node, context);
    const { permutation } = node.attributes;
    if (inner === undefined || permutation === undefined) return undefined;
    const axis = permutation.indexOf(inner.attributes.axis);
    return concatOf(node, context, inner, axis, { op: "transpose", attributes: { permutation } });
  },
};

type Concat = Extract<Node, { op: "concat" }>;

/** The concat that a node reads and nothing else does. */
function soleConcat(node: Node, context: RewriteContext): Concat | undefined {
  const inner = context.node(node.inputs[0]);
  if (inner?.op !== "concat" || context.uses(`%${inner.name}`) !== 1) return undefined;
  return inner;
}

function concatOf(
  node: Node,
  context: RewriteContext,
  inner: Concat,
  axis: number,
  part: Omit<NewNode, "inputs">,
) {
  const whole = node.name.replace(/\.part[0-9]+(\.[0-9]+)?$/, "");
  const before = inner.inputs.map((input, i) => {
    const name = context.fresh(`${whole}.part${i}`);
    return { ...part, name, inputs: [input] };
  });
  const inputs = before.map(({ name }): `%${string}` => `%${name}`);
  return { before, node: { op: "concat" as const, inputs, attributes: { axis } } };
}

export const concatRules: readonly Rule[] = [stackConcat, transposeConcat];
