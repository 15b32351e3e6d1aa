/** Gives layers of a graph other weights and biases. */
import type { Constant, Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";

/** What a layer gets instead of its own. */
export interface NewParameters {
  readonly weight?: Float32Array;
  readonly bias?: Float32Array;
}

/** The graph with other constants for layers, by their names; what nothing reads any more is left out. */
export function withParameters(graph: Graph, changes: ReadonlyMap<string, NewParameters>): Graph {
  const names = namesOf(graph.constants.map(({ name }) => name));
  const added: Constant[] = [];
  const types = new Map(graph.constants.map((one) => [`@${one.name}` as Operand, one.type]));
  const add = (base: string, dims: readonly number[], data: Float32Array): Operand => {
    const name = takeName(names, base);
    added.push({ name, type: { dtype: "f32", dims }, source: { kind: "data", data } });
    return `@${name}`;
  };
  const nodes = graph.nodes.map((node): Node => {
    const change = changes.get(node.name);
    if (change === undefined) return node;
    const [x, w, b] = node.inputs;
    const { weight, bias } = change;
    const dims = types.get(w!)!.dims;
    const other = weight === undefined ? w : add(`${node.name}.weight`, dims, weight);
    const shift = bias === undefined ? b : add(`${node.name}.bias`, [bias.length], bias);
    return { ...node, inputs: shift === undefined ? [x, other] : [x, other, shift] };
  });
  const read = new Set([
    ...nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs.map((o) => o.value),
  ]);
  const constants = [...graph.constants, ...added].filter(({ name }) => read.has(`@${name}`));
  return { ...graph, nodes, constants };
}
