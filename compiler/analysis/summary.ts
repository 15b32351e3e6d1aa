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

/** The summary as a table; columns are as wide as they need to be. */
export function printSummary(summary: Summary): string {
  const header = [
    "layer",
    "op",
    "shape",
    "parameters",
    "multiply-adds",
    "receptive field",
    "stride",
    "start",
  ];
  const rows = summary.layers.map((row) => {
    const axes = row.receptiveFields[0]?.axes ?? [];
    const list = (key: "size" | "stride" | "start"): string =>
      axes.map((axis) => axis[key]).join("×");
    const numbers = [row.parameters, row.multiplyAdds].map((value) =>
      value.toLocaleString("en-US"),
    );
    return [
      row.name,
      row.op,
      row.dims.join("×"),
      ...numbers,
      list("size"),
      list("stride"),
      list("start"),
    ];
  });
  const widths = header.map((title, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]!.length), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 3 || i === 4 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    line(header),
    ...rows.map(line),
    "",
    `parameters: ${number(summary.parameters)}`,
    `multiply-adds: ${number(summary.multiplyAdds)} (convolution and linear: ${number(summary.multiplyAddsWithWeights)})`,
    `FLOPs (2 × multiply-adds): ${number(summary.flops)}`,
    `activations: ${number(summary.activationBytes.total)} bytes in all, ${number(summary.activationBytes.peak)} at once`,
  ].join("\n");
}
