/** The meaning of every node, as analyses read it. */
import { kernelOf, opOf } from "../graph/evaluate.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Kernel } from "../compute/ir.js";
import { operandName } from "../ops/op.js";
import { typesOf } from "../graph/operandTypes.js";

export interface NodeKernel {
  readonly node: Node;
  readonly kernel: Kernel;
  /** The operand behind each kernel input. */
  readonly operands: ReadonlyMap<string, Operand>;
}

/** Nodes with their kernels, in order. */
export function nodeKernels(graph: Graph): NodeKernel[] {
  const types = typesOf(graph);
  return graph.nodes.map((node) => {
    const op = opOf(node.op);
    const operands = new Map<string, Operand>();
    node.inputs.forEach((operand, i) => {
      if (operand !== undefined) operands.set(operandName(op, i), operand);
    });
    return { node, kernel: kernelOf(node, (operand) => types.get(operand)), operands };
  });
}
