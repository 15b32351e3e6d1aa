/** Nodes of definitions and graphs as a report has them, each distinct one once for all views. */
import { nodeKernels } from "../analysis/kernels.js";
import { multiplyAddsByNode } from "../analysis/multiplyAdds.js";
import { parametersByNode } from "../analysis/parameters.js";
import { byteCount, formatType } from "../base/tensor.js";
import type { Kernel } from "../compute/ir.js";
import type { Attributes, Constant, Definition } from "../graph/definition.js";
import { opOf } from "../graph/evaluate.js";
import type { Graph } from "../graph/graph.js";
import { canonicalAttributes, printAttribute } from "../graph/text/print.js";
import type { NodeData, NodeKind } from "./data.js";

export interface NodeTable {
  readonly nodes: readonly NodeData[];
  readonly constants: readonly (readonly [string, string])[];
  /** Positions of the nodes of a definition; `typed` says what they are. */
  addDefinition(definition: Definition, typed: Graph): number[];
  /** Positions of the nodes of a graph. */
  addGraph(graph: Graph): number[];
}

export function nodeTable(): NodeTable {
  const nodes: NodeData[] = [];
  const positions = new Map<string, number>();
  const constants = new Map<string, string>();
  const add = (node: NodeData): number => {
    const key = JSON.stringify(node);
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, nodes.length);
    return nodes.push(node) - 1;
  };
  const note = (all: readonly Constant[]): void => {
    for (const { name, type } of all) constants.set(name, formatType(type));
  };
  return {
    nodes,
    get constants() {
      return [...constants];
    },
    addDefinition(definition, typed) {
      note(definition.constants);
      const kinds = kindsOf(typed);
      return definition.nodes.map(({ name, op, inputs, attributes }) =>
        add({
          name,
          op,
          inputs: inputs.map((input) => input ?? null),
          attributes: attributeTexts(attributes),
          kind: kinds.get(name) ?? "pointwise",
        }),
      );
    },
    addGraph(graph) {
      note(graph.constants);
      const kinds = kindsOf(graph);
      const [parameters, products] = [parametersByNode(graph), multiplyAddsByNode(graph)];
      return graph.nodes.map((node) =>
        add({
          name: node.name,
          op: node.op,
          inputs: node.inputs.map((input) => input ?? null),
          attributes: canonicalAttributes(node).map(([name, value]) => [
            name,
            printAttribute(value!),
          ]),
          kind: kinds.get(node.name)!,
          dtype: node.type.dtype,
          dims: node.type.dims,
          parameters: parameters.get(node.name) ?? 0,
          multiplyAdds: products.get(node.name)?.total ?? 0,
          bytes: byteCount(node.type),
        }),
      );
    },
  };
}

function attributeTexts(attributes: Attributes): (readonly [string, string])[] {
  return Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, printAttribute(value)] as const],
  );
}

function kindsOf(graph: Graph): ReadonlyMap<string, NodeKind> {
  const products = multiplyAddsByNode(graph);
  return new Map(
    nodeKernels(graph).map(({ node, kernel }) => {
      if ((products.get(node.name)?.total ?? 0) > 0) return [node.name, "product"];
      return [node.name, opOf(node.op).view === undefined ? kindOf(kernel) : "movement"];
    }),
  );
}

function kindOf({ computes }: Kernel): NodeKind {
  if (computes.some(({ reduce }) => reduce.length > 0)) return "reduction";
  const moves = computes.every(
    ({ body, epilogue }) => body.kind === "load" && epilogue === undefined,
  );
  return moves ? "movement" : "pointwise";
}
