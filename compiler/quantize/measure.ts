/** Measures a quantised network on samples: each layer alone, each layer in the network, and the outputs. */
import { startAgreement } from "../golden/agreement.js";
import type { Operand } from "../graph/definition.js";
import type { Node } from "../graph/graph.js";
import type { Exported } from "../onnx-export/export.js";
import { layersAlone } from "./alone.js";
import { comparePairs, costOf, outputPairs, runnerOf, startLabels, type Pair } from "./evaluate.js";
import type { QuantizedNetwork } from "./network.js";
import type { QuantizePlan } from "./plan.js";
import type { Calibrated } from "./calibrated.js";
import type { LayerCost, NetworkCost } from "./report.js";

export interface Measured {
  readonly layers: readonly LayerCost[];
  readonly network: NetworkCost;
}

export async function measure(
  { graph, calibration, options, split, build }: Calibrated,
  plan: QuantizePlan,
  network: QuantizedNetwork,
  written: Exported,
): Promise<Measured> {
  const beside = layersAlone(graph, network.quantization, plan.layers, options.readFile);
  const rows = graph.nodes.flatMap((node) => rowOf(node, { plan, network, graph }));
  const alone = rows.map(({ node }): Pair | undefined => {
    const copy = beside.alone.get(node.name);
    const exact = beside.exact.get(`%${node.name}`)!;
    return copy === undefined
      ? undefined
      : { exact, actual: copy, meter: startAgreement(node.type.dims) };
  });
  const inNetwork = rows.map(({ node, value }): Pair => ({
    exact: beside.exact.get(value)!,
    actual: written.names.get(value)!,
    meter: startAgreement(node.type.dims),
  }));
  const rangeOf = (value: Operand) => calibration.distributions.get(value)!;
  const outputs = outputPairs(graph, beside.exact, written.names, rangeOf);
  const known = alone.filter((pair) => pair !== undefined);
  const both = [...inNetwork, ...outputs];
  const exactNames = [...known, ...both].map(({ exact }) => exact);
  const exact = await runnerOf(
    beside.bytes,
    [...exactNames, ...known.map(({ actual }) => actual)],
    build,
  );
  const actual = await runnerOf(
    written.bytes,
    both.map((pair) => pair.actual),
    build,
  );
  const labels = startLabels(outputs);
  const evaluation = {
    samples: split.test,
    inputs: graph.inputs,
    onSample: (i: number, count: number) =>
      options.onProgress?.(`measure, sample ${i + 1} of ${count}`),
  };
  await comparePairs({ exact, actual }, both, evaluation, (e, a, label) => {
    for (const pair of known) pair.meter.add(e.get(pair.actual)!.data, e.get(pair.exact)!.data);
    labels.add(e, a, label);
  });
  const layers = rows.map((row, i): LayerCost => ({
    ...row.cost,
    ...(alone[i] !== undefined && { alone: alone[i].meter.read() }),
    inNetwork: inNetwork[i]!.meter.read(),
  }));
  return { layers, network: costOf(outputs, labels) };
}

interface Row {
  readonly node: Node;
  /** What of the network is compared: behind the activation that has vanished. */
  readonly value: Operand;
  readonly cost: Pick<LayerCost, "name" | "op" | "range" | "scale" | "zero">;
}

/** Of layers, and of values with a scale of their own. */
function rowOf(
  node: Node,
  {
    plan,
    network,
    graph,
  }: Pick<Calibrated, "graph"> & {
    readonly plan: QuantizePlan;
    readonly network: QuantizedNetwork;
  },
): Row[] {
  const { values, merged } = network.quantization;
  const own: Operand = `%${node.name}`;
  const activation = graph.nodes.find(({ name, inputs }) => merged.has(name) && inputs[0] === own);
  const value: Operand = activation === undefined ? own : `%${activation.name}`;
  const isLayer = plan.layers.has(node.name);
  const scaled = plan.values.get(value) === value && values.has(value) && !merged.has(node.name);
  if (!isLayer && !scaled) return [];
  const bytes = values.get(value);
  const range = bytes && { range: network.ranges.get(value)!, ...bytes };
  return [{ node, value, cost: { name: node.name, op: node.op, ...range } }];
}
