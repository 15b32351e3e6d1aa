/** A model at a glance: a row a layer as its author wrote it, with shape, parameters, multiply-adds and receptive field. */
import type { Graph } from "../graph/graph.js";
import { activationMemory, type ActivationMemory } from "./memory.js";
import { multiplyAdds, multiplyAddsByNode } from "./multiplyAdds.js";
import { parameterCount, parametersByNode } from "./parameters.js";
import { receptiveFields, type ReceptiveField } from "./receptiveField.js";

export interface SummaryRow {
  readonly name: string;
  readonly op: string;
  readonly dims: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly receptiveFields: readonly ReceptiveField[];
}

export interface Summary {
  readonly model: string;
  readonly layers: readonly SummaryRow[];
  readonly parameters: number;
  /** Of all sums of products. */
  readonly multiplyAdds: number;
  /** Of convolutions and linear layers alone. */
  readonly multiplyAddsWithWeights: number;
  /** Twice the multiply-adds. */
  readonly flops: number;
  readonly activationBytes: ActivationMemory;
}

/** Of a Graph after infer-shapes, before any other pass. */
export function summarizeGraph(graph: Graph): Summary {
  const parameters = parametersByNode(graph);
  const costs = multiplyAddsByNode(graph);
  const fields = receptiveFields(graph);
  const total = multiplyAdds(graph);
  return {
    model: graph.name,
    layers: graph.nodes.map(({ name, op, type }): SummaryRow => ({
      name,
      op,
      dims: type.dims,
      parameters: parameters.get(name) ?? 0,
      multiplyAdds: costs.get(name)?.total ?? 0,
      receptiveFields: fields.get(name) ?? [],
    })),
    parameters: parameterCount(graph),
    multiplyAdds: total.total,
    multiplyAddsWithWeights: total.withWeights,
    flops: 2 * total.total,
    activationBytes: activationMemory(graph),
  };
}
