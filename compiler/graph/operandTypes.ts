/** The types of all that nodes of a Graph can read. */
import type { TensorType } from "../base/tensor.js";
import type { Operand } from "./definition.js";
import type { Graph } from "./graph.js";

/** The type of every value by operand. */
export function typesOf(graph: Graph): ReadonlyMap<Operand, TensorType> {
  const types = new Map<Operand, TensorType>();
  for (const { name, type } of [...graph.inputs, ...graph.nodes]) types.set(`%${name}`, type);
  for (const { name, type } of graph.constants) types.set(`@${name}`, type);
  return types;
}
