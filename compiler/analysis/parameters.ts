/** Counts what a model has learnt: the constants its layers read, each once. */
import type { Graph, Node } from "../graph/graph.js";
import { opOf } from "../graph/evaluate.js";
import { operandName } from "../ops/op.js";
import { elementCount } from "../base/tensor.js";

/** Statistics that are measured, not learnt: PyTorch counts them as buffers. */
const BUFFERS: ReadonlySet<string> = new Set(["mean", "variance"]);

/**
 * Learnt f32 elements by node; a constant that several nodes read is counted at the first. Running means and
 * variances of normalisation do not count, biases do.
 */
export function parametersByNode(graph: Graph): ReadonlyMap<string, number> {
  const left = new Map(graph.constants.map((constant) => [constant.name, constant]));
  return new Map(
    graph.nodes.map((node) => {
      let count = 0;
      for (const name of learntOperands(node)) {
        const constant = left.get(name);
        if (constant?.type.dtype === "f32") count += elementCount(constant.type.dims);
        left.delete(name);
      }
      return [node.name, count];
    }),
  );
}

/** Learnt f32 elements of the whole model. */
export function parameterCount(graph: Graph): number {
  return [...parametersByNode(graph).values()].reduce((sum, count) => sum + count, 0);
}

function learntOperands(node: Node): string[] {
  const op = opOf(node.op);
  return node.inputs.flatMap((operand, i) =>
    operand?.startsWith("@") === true && !BUFFERS.has(operandName(op, i)) ? [operand.slice(1)] : [],
  );
}
