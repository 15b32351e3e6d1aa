/** Graph → .tflite, channels last: what LiteRT is told. */
import type { Operand } from "../../../compiler/graph/definition.js";
import type { Graph, Node, OpName } from "../../../compiler/graph/graph.js";
import { runPasses } from "../../../compiler/passes/index.js";
import { createModel, type Activation, type TensorIndex } from "./model.js";
import { FUSES, isRelu6, writersOf } from "./operators.js";
import { siteOf, toChannelsLast, type Write } from "./site.js";
import { byChannel } from "./windows.js";

export type WeightsType = "f32" | "int8";

/**
 * The file, its inputs and outputs in the order of the graph's and each channels last. Norms and biases are folded
 * into convolutions, as converters do; int8 weights of convolutions and linear layers are symmetric by channel.
 * Undefined where a node has no counterpart.
 */
export function exportTflite(model: Graph, weights: WeightsType = "f32"): Uint8Array | undefined {
  const disable = ["collapse-linear-convs", "rewrite-pointwise-convs"];
  const graph = runPasses(model, { disable });
  const file = createModel(graph.name);
  const tensors = new Map<Operand, TensorIndex>();
  for (const { name, type } of graph.inputs)
    tensors.set(`%${name}`, file.tensor(name, toChannelsLast(type.dims)));
  const writers = writersOf(weights === "int8" ? byChannel : undefined);
  const fused = new Set<string>();
  for (const node of graph.nodes) {
    if (fused.has(node.name)) continue;
    const next = activationOf(node, graph);
    if (next !== undefined) fused.add(next.node.name);
    const last = next?.node ?? node;
    const output = file.tensor(last.name, toChannelsLast(last.type.dims));
    const site = siteOf(node, { graph, model: file, tensors }, output, next?.activation ?? "none");
    const write = writers[node.op] as Write<OpName> | undefined;
    if (write?.(site) !== true) return undefined;
    tensors.set(`%${last.name}`, output);
  }
  const of = (operand: Operand): TensorIndex => tensors.get(operand)!;
  return file.write(
    graph.inputs.map(({ name }) => of(`%${name}`)),
    graph.outputs.map(({ value }) => of(value)),
  );
}

/** What alone reads the node's value and can be computed by its operator. */
function activationOf(
  { name, op }: Node,
  { nodes, outputs }: Graph,
): { readonly node: Node; readonly activation: Activation } | undefined {
  const readers = nodes.filter(({ inputs }) => inputs.includes(`%${name}`));
  const [node] = readers;
  if (
    !FUSES.includes(op) ||
    readers.length !== 1 ||
    outputs.some(({ value }) => value === `%${name}`)
  )
    return undefined;
  if (node!.op === "relu") return { node: node!, activation: "relu" };
  return node!.op === "clip" && isRelu6(node!) ? { node: node!, activation: "relu6" } : undefined;
}
