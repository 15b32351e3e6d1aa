/** What activations weigh if every layer keeps its own memory: the model's need before any planning. */
import type { Graph } from "../graph/graph.js";
import { byteCount } from "../base/tensor.js";

export interface ActivationMemory {
  /** Bytes of all values that nodes compute, inputs included. */
  readonly total: number;
  /** The most bytes alive at once when nodes run in order and each value is kept until its last reader. */
  readonly peak: number;
}

/** Activation memory of the layers as written; the arena of a compiled module is planned and needs less. */
export function activationMemory(graph: Graph): ActivationMemory {
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, at) => {
    for (const operand of node.inputs) if (operand !== undefined) lastUse.set(operand, at);
  });
  for (const { value } of graph.outputs) lastUse.set(value, Infinity);
  let live = graph.inputs.reduce((sum, { type }) => sum + byteCount(type), 0);
  let total = live;
  let peak = live;
  const sizes = new Map(graph.inputs.map(({ name, type }) => [`%${name}`, byteCount(type)]));
  graph.nodes.forEach((node, at) => {
    const bytes = byteCount(node.type);
    sizes.set(`%${node.name}`, bytes);
    live += bytes;
    total += bytes;
    peak = Math.max(peak, live);
    const read = new Set([...node.inputs, `%${node.name}` as const]);
    for (const operand of read) {
      if (operand !== undefined && (lastUse.get(operand) ?? at) <= at)
        live -= sizes.get(operand) ?? 0;
    }
  });
  return { total, peak };
}
