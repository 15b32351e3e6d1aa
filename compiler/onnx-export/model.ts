/** The ONNX message of a Graph whose nodes are written: its ports, and what wrote it. */
import type { TensorType } from "../base/tensor.js";
import { VERSION } from "../base/version.js";
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { typesOf } from "../graph/operandTypes.js";
import {
  encodeModel,
  ONNX_TYPES,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../onnx/proto.js";
import { OPSET } from "./ops.js";

/** What files say that wrote them. */
export const PRODUCER = "tilewright";

/** IR version 9 came with opset 20. */
const IR_VERSION = 9;

/** What was written, and ONNX names by operands. */
interface Written {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly names: ReadonlyMap<Operand, string>;
}

/** The bytes of the file; `outputs`: what it calls those of the graph. */
export function encodeGraph(
  graph: Graph,
  { nodes, initializers, names }: Written,
  outputs: readonly string[],
): Uint8Array {
  const types = typesOf(graph);
  const used = usedNodes(nodes, outputs);
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    producerVersion: VERSION,
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: graph.name,
      node: used,
      initializer: used === nodes ? initializers : usedInitializers(initializers, used),
      input: graph.inputs.map(({ name, type }) => valueInfo(names.get(`%${name}`)!, type)),
      output: graph.outputs.map(({ value }, i) => valueInfo(outputs[i]!, types.get(value)!)),
    },
  });
}

/** A DynamicQuantizeLinear leaves behind what it says; without one all stay, read or not. */
function usedNodes(nodes: readonly NodeProto[], outputs: readonly string[]): readonly NodeProto[] {
  if (!nodes.some(({ opType }) => opType === "DynamicQuantizeLinear")) return nodes;
  const wanted = new Set(outputs);
  const used = [...nodes].reverse().filter(({ input, output }) => {
    if (!output.some((name) => wanted.has(name))) return false;
    for (const name of input) wanted.add(name);
    return true;
  });
  return used.reverse();
}

function usedInitializers(
  initializers: readonly TensorProto[],
  nodes: readonly NodeProto[],
): readonly TensorProto[] {
  const wanted = new Set(nodes.flatMap(({ input }) => input));
  return initializers.filter(({ name }) => wanted.has(name!));
}

function valueInfo(name: string, { dtype, dims }: TensorType): ValueInfoProto {
  const dim = dims.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: ONNX_TYPES[dtype], shape: { dim } } } };
}
