/** Finds which layers cost the answers most: in one network each can be switched from floats to bytes by itself. */
import { tensor } from "../base/tensor.js";
import {
  definitionOf,
  type Constant,
  type DefinitionNode,
  type Operand,
} from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";
import type { Quantum } from "../onnx-export/quantization.js";
import type { ReadFile } from "../graph/constants.js";
import { RUNNING } from "./calibrate.js";
import type { Calibrated } from "./calibrated.js";
import type { QuantizedNetwork } from "./network.js";
import { channelOf, layerWeights, type LayerWeights } from "./parameters.js";
import { readSample } from "./samples.js";

/** What few samples tell of which layers are worst: each is run once for every layer. */
const SAMPLES = 4;

/** By layer the squared error of all outputs where it alone is of bytes. */
export async function costsOfLayers(
  { split, options, build }: Calibrated,
  network: QuantizedNetwork,
): Promise<ReadonlyMap<string, number>> {
  const { graph } = network;
  const { switches, ...switchable } = withSwitches(network, options.readFile);
  const run = await build({ ...definitionOf(graph), ...switchable }, RUNNING);
  const costs = new Map<string, number>();
  for (const [i, source] of split.test.slice(0, SAMPLES).entries()) {
    const { values } = await readSample(source, graph.inputs);
    const outputsWith = async (on?: string): Promise<readonly Float32Array[]> => {
      const settings = [...switches].map(([layer, name]) => {
        return [name, tensor("f32", [1], [layer === on ? 1 : 0])] as const;
      });
      const outputs = await run(new Map([...values, ...settings]));
      return [...outputs.values()].map(({ data }) => Float32Array.from(data as Float32Array));
    };
    const exact = await outputsWith();
    for (const layer of switches.keys()) {
      options.onProgress?.(`what ${layer} costs, sample ${i + 1}`);
      const noise = squaredError(await outputsWith(layer), exact);
      costs.set(layer, (costs.get(layer) ?? 0) + noise);
    }
  }
  return costs;
}

function squaredError(actual: readonly Float32Array[], exact: readonly Float32Array[]): number {
  return exact.reduce(
    (sum, want, k) => want.reduce((all, value, i) => all + (actual[k]![i]! - value) ** 2, sum),
    0,
  );
}

/** The network of floats in which a layer's value is `value + switch · (value of bytes − value)`. */
function withSwitches({ graph, quantization }: QuantizedNetwork, readFile: ReadFile | undefined) {
  const { values, parameters } = quantization;
  const names = namesOf([...graph.inputs, ...graph.nodes].map(({ name }) => name));
  const constantNames = namesOf(graph.constants.map(({ name }) => name));
  const inputs = [...definitionOf(graph).inputs];
  const constants: Constant[] = [...graph.constants];
  const nodes: DefinitionNode[] = [];
  const switches = new Map<string, string>();
  const renamed = new Map<Operand, Operand>();
  const constant = (base: string, dims: readonly number[], data: Float32Array): Operand => {
    const name = takeName(constantNames, base);
    constants.push({ name, type: { dtype: "f32", dims }, source: { kind: "data", data } });
    return `@${name}`;
  };
  const put = (base: string, op: string, read: readonly Operand[], attributes = {}): Operand => {
    const name = takeName(names, base);
    nodes.push({ name, op, inputs: read, attributes });
    return `%${name}`;
  };
  const rounded = (value: Operand, { scale, zero }: Quantum): Operand => {
    const base = value.slice(1);
    const step = constant(`${base}.step`, [], Float32Array.of(scale));
    const steps = put(`${base}.steps`, "div", [value, step]);
    const whole = put(`${base}.whole`, "round", [steps]);
    const cut = put(`${base}.cut`, "clip", [whole], { min: -zero, max: 255 - zero });
    return put(`${base}.rounded`, "mul", [cut, step]);
  };
  for (const node of graph.nodes) {
    const read = node.inputs.map((one) => one && (renamed.get(one) ?? one));
    nodes.push({ ...node, inputs: read });
    const own: Operand = `%${node.name}`;
    if (!parameters.has(node.name)) continue;
    const layer = roundedWeights(layerWeights(graph, node, readFile), quantization, node);
    const weight = constant(`${node.name}.w`, layer.dims, layer.weight);
    const bias = layer.bias && constant(`${node.name}.b`, [layer.bias.length], layer.bias);
    const x = rounded(read[0]!, values.get(node.inputs[0]!)!);
    const alone = put(
      `${node.name}.alone`,
      node.op,
      [x, weight, ...(bias ? [bias] : [])],
      node.attributes,
    );
    const quantum = values.get(own);
    const bytes = quantum === undefined ? alone : rounded(alone, quantum);
    const name = takeName(names, `${node.name}.switch`);
    inputs.push({ name, dtype: "f32", dims: [1] });
    switches.set(node.name, name);
    const wrong = put(`${node.name}.wrong`, "sub", [bytes, own]);
    const error = put(`${node.name}.error`, "mul", [wrong, `%${name}`]);
    renamed.set(own, put(`${node.name}.either`, "add", [own, error]));
  }
  const outputs = graph.outputs.map((one) => ({
    ...one,
    value: renamed.get(one.value) ?? one.value,
  }));
  return { inputs, nodes, constants, outputs, switches };
}

/** What the integers of a layer stand for. */
function roundedWeights(
  layer: LayerWeights,
  { parameters }: QuantizedNetwork["quantization"],
  node: Node,
): LayerWeights {
  const { value, scales } = parameters.get(node.name)!.get(1)!;
  const channel = channelOf(layer);
  const weight = layer.weight.map((_, i) => Number(value.data[i]) * scales[channel(i)]!);
  return { ...layer, weight };
}
