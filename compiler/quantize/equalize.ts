/** Scales channels between neighbouring layers so that one scale fits all, which changes no output (as Nagel et al. 2019, section 4.1). */
import type { ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Channels } from "./calibrate.js";
import { inputChannelOf } from "./biasCorrection.js";
import { withParameters } from "./constants.js";
import { kindOf } from "./kinds.js";
import { channelOf, layerWeights, type LayerWeights } from "./parameters.js";

/** What of a channel that is scaled by a positive factor is scaled by the same. */
const HOMOGENEOUS: ReadonlySet<string> = new Set([
  ...(["relu", "leakyRelu", "identity", "dropout"] as const),
  ...(["maxPool", "averagePool", "globalAveragePool", "globalMaxPool"] as const),
]);

/** Names of two layers: the value of the first is read by the second alone, through what scales with it. */
export interface Neighbours {
  readonly first: string;
  readonly second: string;
  /** What the second reads. */
  readonly between: Operand;
}

interface Weights extends LayerWeights {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}

/** The graph with other weights; `channels`: of what the second layers read. */
export function equalized(
  graph: Graph,
  pairs: readonly Neighbours[],
  channels: ReadonlyMap<Operand, Channels>,
  readFile: ReadFile | undefined,
): Graph {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const weights = new Map<string, Weights>();
  for (const name of pairs.flatMap(({ first, second }) => [first, second])) {
    const layer = layerWeights(graph, byName.get(name)!, readFile);
    weights.set(name, { ...layer, weight: layer.weight.slice(), bias: layer.bias?.slice() });
  }
  for (const { first, second, between } of pairs)
    balance(weights.get(first)!, weights.get(second)!, channels.get(between)!.largest);
  const changes = [...weights].map(([name, { weight, bias }]) => {
    return [name, bias === undefined ? { weight } : { weight, bias }] as const;
  });
  return withParameters(graph, new Map(changes));
}

/**
 * Bytes have one scale for all channels, so all are to reach as far; weights have one for each output, so that of
 * a layer that reads many channels these are to be of one size, too: the geometric mean of what both want.
 */
function balance(first: Weights, second: Weights, reach: Float64Array): void {
  const output = channelOf(first);
  const input = inputChannelOf(second);
  const read = largest(second.weight, input);
  const alone = second.dims[1] === 1 && second.node.op === "conv";
  const wished = Array.from(reach, (most, c) => {
    const weight = read[c] ?? 0;
    if (!(most > 0 && weight > 0)) return 1;
    return alone ? 1 / most : Math.sqrt(weight / most);
  });
  // As large on the whole as before, as others may share the scale.
  const size = Math.max(...reach) / Math.max(...Array.from(reach, (most, c) => most * wished[c]!));
  const factors = wished.map((one) => Math.min(MOST, Math.max(1 / MOST, one * size)));
  first.weight.forEach((_, i) => (first.weight[i]! *= factors[output(i)]!));
  first.bias?.forEach((_, c) => (first.bias![c]! *= factors[c]!));
  second.weight.forEach((_, i) => (second.weight[i]! /= factors[input(i)]!));
}

/** Channels that are nearly always 0 are not blown up beyond. */
const MOST = 2 ** 10;

/** The largest absolute weight of each channel. */
function largest(weight: Float32Array, channel: (position: number) => number): number[] {
  const sizes: number[] = [];
  weight.forEach((value, i) => {
    const c = channel(i);
    sizes[c] = Math.max(sizes[c] ?? 0, Math.abs(value));
  });
  return sizes;
}

/** What can be equalised; what is kept in f32 is left alone. */
export function neighboursIn(graph: Graph, keep: ReadonlySet<string>): Neighbours[] {
  const readers = new Map<Operand, Node[]>();
  for (const node of graph.nodes)
    for (const operand of node.inputs)
      if (operand !== undefined) readers.set(operand, [...(readers.get(operand) ?? []), node]);
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const constants = new Map(graph.constants.map((one) => [`@${one.name}` as Operand, one]));
  const isLayer = (node: Node): boolean =>
    !keep.has(node.name) &&
    (node.op === "conv" || (node.op === "matmul" && node.attributes.axis !== undefined)) &&
    kindOf(node, (operand) => operand && constants.get(operand)) === "layer" &&
    readers.get(node.inputs[1]!)!.length === 1;
  return graph.nodes.filter(isLayer).flatMap((first): Neighbours[] => {
    let at: Node = first;
    for (;;) {
      const value: Operand = `%${at.name}`;
      const [next, ...others] = readers.get(value) ?? [];
      if (next === undefined || others.length > 0 || outputs.has(value)) return [];
      if (isLayer(next) && next.inputs[0] === value)
        return next.op === first.op
          ? [{ first: first.name, second: next.name, between: value }]
          : [];
      if (!HOMOGENEOUS.has(next.op)) return [];
      at = next;
    }
  });
}
