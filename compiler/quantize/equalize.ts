/** Scales channels of what a layer reads so that one scale fits all, where that costs less than it did (after Nagel et al. 2019, section 4.1). */
import type { ReadFile } from "../graph/constants.js";
import type { Constant, Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";
import type { Channels } from "./calibrate.js";
import { inputChannelOf } from "./biasCorrection.js";
import { withParameters, type NewParameters } from "./constants.js";
import { kindOf } from "./kinds.js";
import { channelOf, inputAxis, layerWeights } from "./parameters.js";
import { factorsFor } from "./factors.js";

/** What of a channel that is scaled by a positive factor is scaled by the same. */
const HOMOGENEOUS: ReadonlySet<string> = new Set([
  ...(["relu", "leakyRelu", "identity", "dropout"] as const),
  ...(["maxPool", "averagePool", "globalAveragePool", "globalMaxPool"] as const),
]);

/** Names of two nodes: the value of the first is read by the second alone, a layer, through what scales with it. */
export interface Neighbours {
  /** A layer, whose weights can take factors, or what computes with floats, with which they can be multiplied. */
  readonly first: string;
  readonly second: string;
  /** What the second reads. */
  readonly between: Operand;
}

/** The graph with channels scaled, and other weights that make up for it; `channels`: of what the second layers read. */
export function equalized(
  graph: Graph,
  pairs: readonly Neighbours[],
  channels: ReadonlyMap<Operand, Channels>,
  readFile: ReadFile | undefined,
): Graph {
  const isLayer = layersIn(graph);
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const changes = new Map<string, NewParameters>();
  const products = new Map<string, Float32Array>();
  const weightsOf = (name: string) => {
    const layer = layerWeights(graph, byName.get(name)!, readFile);
    const { weight = layer.weight, bias = layer.bias } = changes.get(name) ?? {};
    return { ...layer, weight, bias };
  };
  const change = (name: string, weight: Float32Array, bias: Float32Array | undefined): void => {
    changes.set(name, bias === undefined ? { weight } : { weight, bias });
  };
  for (const { first, second, between } of pairs) {
    const layer = weightsOf(second);
    const factors = factorsFor(layer, channels.get(between)!);
    if (factors === undefined) continue;
    const input = inputChannelOf(layer);
    const read = layer.weight.map((value, i) => value / factors[input(i)]!);
    change(second, read, layer.bias);
    if (isLayer(byName.get(first)!)) {
      const written = weightsOf(first);
      const output = channelOf(written);
      const weight = written.weight.map((value, i) => value * factors[output(i)]!);
      change(
        first,
        weight,
        written.bias?.map((value, c) => value * factors[c]!),
      );
    } else products.set(first, Float32Array.from(factors));
  }
  return withParameters(withProducts(graph, products), changes);
}

/** Behind each of the named nodes its value times a factor for each channel, for all who read it. */
function withProducts(graph: Graph, products: ReadonlyMap<string, Float32Array>): Graph {
  const nodeNames = namesOf([...graph.inputs, ...graph.nodes].map(({ name }) => name));
  const constantNames = namesOf(graph.constants.map(({ name }) => name));
  const constants: Constant[] = [];
  const scaled = new Map<Operand, Operand>();
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const inputs = node.inputs.map((one) => one && (scaled.get(one) ?? one));
    const own = { ...node, inputs } as Node;
    const data = products.get(node.name);
    if (data === undefined) return [own];
    const factors = takeName(constantNames, `${node.name}.factors`);
    const dims = node.type.dims.slice(1).map((_, i) => (i === 0 ? data.length : 1));
    constants.push({ name: factors, type: { dtype: "f32", dims }, source: { kind: "data", data } });
    const name = takeName(nodeNames, `${node.name}.scaled`);
    scaled.set(`%${node.name}`, `%${name}`);
    const { type } = node;
    return [
      own,
      { name, op: "mul", inputs: [`%${node.name}`, `@${factors}`], attributes: {}, type },
    ];
  });
  return { ...graph, nodes, constants: [...graph.constants, ...constants] };
}

/** Whether a node is a layer whose weights nothing else reads. */
function layersIn(graph: Graph): (node: Node) => boolean {
  const reads = new Map<Operand, number>();
  for (const { inputs } of graph.nodes)
    for (const one of inputs) if (one !== undefined) reads.set(one, (reads.get(one) ?? 0) + 1);
  const constants = new Map(graph.constants.map((one) => [`@${one.name}` as Operand, one]));
  return (node) =>
    (node.op === "conv" || (node.op === "matmul" && node.attributes.axis !== undefined)) &&
    kindOf(node, (operand) => operand && constants.get(operand)) === "layer" &&
    reads.get(node.inputs[1]!) === 1;
}

/** What can be equalised; what is kept in f32 is left alone. */
export function neighboursIn(graph: Graph, keep: ReadonlySet<string>): Neighbours[] {
  const isLayer = layersIn(graph);
  const constants = new Map(graph.constants.map((one) => [`@${one.name}` as Operand, one]));
  const nodes = new Map(graph.nodes.map((node) => [`%${node.name}` as Operand, node]));
  const read = readOnce(graph);
  return graph.nodes.flatMap((second): Neighbours[] => {
    if (keep.has(second.name) || !isLayer(second)) return [];
    const between = second.inputs[0]!;
    let at = between;
    for (;;) {
      const node = nodes.get(at);
      if (node === undefined || !read(at)) return [];
      const pair = { first: node.name, second: second.name, between };
      if (isLayer(node)) return !keep.has(node.name) && isAlong(node, second) ? [pair] : [];
      if (computesFloats(node, constants))
        return node.type.dims.length > 1 && inputAxis(second) === 1 ? [pair] : [];
      if (!HOMOGENEOUS.has(node.op)) return [];
      at = node.inputs[0]!;
    }
  });
}

/** Whether a node computes with floats whatever it reads: sums and products with constants do, too. */
function computesFloats(node: Node, constants: ReadonlyMap<Operand, Constant>): boolean {
  if (node.type.dtype !== "f32") return false;
  const kind = kindOf(node, (operand) => operand && constants.get(operand));
  const withConstant = node.inputs.some((operand) => operand && constants.has(operand));
  return kind === undefined || (kind === "follows" && withConstant);
}

/** Whether the outputs of one layer are the channels of the next. */
function isAlong(first: Node, second: Node): boolean {
  return first.op === second.op;
}

/** Whether a value is read by one node, and no output. */
function readOnce(graph: Graph): (value: Operand) => boolean {
  const reads = new Map<Operand, number>();
  const all = [
    ...graph.nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs.map((o) => o.value),
  ];
  for (const one of all) if (one !== undefined) reads.set(one, (reads.get(one) ?? 0) + 1);
  return (value) => reads.get(value) === 1;
}
