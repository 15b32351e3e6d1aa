/** A graph of floats with a copy of each layer beside it that reads bytes: what every layer alone costs. */
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";
import { exportQuantized } from "../onnx-export/export.js";
import type { ReadFile } from "../graph/constants.js";
import type { Quantization } from "../onnx-export/quantization.js";

export interface Alone {
  readonly bytes: Uint8Array;
  /** What the file calls values of the graph, in floats. */
  readonly exact: ReadonlyMap<Operand, string>;
  /** And what those of layers are with integers, by the layers' names. */
  readonly alone: ReadonlyMap<string, string>;
}

export function layersAlone(
  graph: Graph,
  quantization: Quantization,
  layers: ReadonlySet<string>,
  readFile: ReadFile | undefined,
): Alone {
  const names = namesOf([...graph.inputs, ...graph.nodes].map(({ name }) => name));
  const copies = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (!layers.has(node.name)) return [node];
    const name = takeName(names, `${node.name}.alone`);
    copies.set(node.name, name);
    return [node, { ...node, name }];
  });
  const { parameters, values } = quantization;
  const own = [...copies].map(([name, copy]) => [copy, parameters.get(name)!] as const);
  const written = exportQuantized(
    { ...graph, nodes },
    {
      values,
      parameters: new Map(own),
      merged: new Set(),
      readers: new Set(copies.values()),
    },
    readFile,
  );
  const { bytes, names: file } = written;
  return {
    bytes,
    exact: written.raw,
    alone: new Map([...copies].map(([name, copy]) => [name, file.get(`%${copy}`)!])),
  };
}
