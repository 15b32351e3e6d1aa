/** Which layers somebody wants to stay f32: those of a name, and what becomes of them when they are merged with others. */
import { CompileError, type Problem } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import type { Graph, Node } from "../graph/graph.js";

/**
 * Whether a node of the graph, before or after passes, is of one of the layers. A layer and what alone reads it may
 * become one node, and that has the name of the last. Throws CompileError `usage` with every name that no node has.
 */
export function keptLayers(graph: Graph, layers: readonly string[]): (name: string) => boolean {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const suggest = suggester(nodes);
  const problems = layers
    .filter((layer) => !nodes.has(layer))
    .map((layer): Problem => {
      const message = `there is no layer '${layer}' to be kept f32`;
      return { code: "usage", message, ...suggest(layer) };
    });
  if (problems.length > 0) throw new CompileError(problems);
  const readers = readersOf(graph);
  const kept = new Set<string>();
  for (const layer of layers) {
    let node = nodes.get(layer);
    while (node !== undefined) {
      kept.add(node.name);
      const [reader, ...others] = readers.get(node.name) ?? [];
      node = others.length > 0 || isProduct(reader) ? undefined : reader;
    }
  }
  return (name) => kept.has(name);
}

const isProduct = (node: Node | undefined): boolean =>
  node?.op === "conv" || node?.op === "matmul" || node?.op === "convTranspose";

function readersOf({ nodes }: Graph): ReadonlyMap<string, readonly Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of nodes)
    for (const operand of new Set(node.inputs)) {
      if (operand?.startsWith("%") !== true) continue;
      const name = operand.slice(1);
      readers.set(name, [...(readers.get(name) ?? []), node]);
    }
  return readers;
}
