/** How each op takes part in a quantised network: as other engines' integer kernels for it do. */
import type { Node, OpName } from "../graph/graph.js";
import type { Constant, Operand } from "../graph/definition.js";

/**
 * `layer`: has weights, which become i8. `joins`: computes with several values, any of which being bytes makes
 * all of them bytes. `follows`: computes with bytes where all of its operands are, with a scale of its own. `moves`:
 * its bytes are its operand's, with the same scale. `cuts`: what it cuts off does not fit the bytes of its value.
 * Other ops compute with floats, and so do sums and products in chains of these: what is rounded once, at the end
 * of such a chain, is nearer to right than what is rounded after each.
 */
export type Kind = "layer" | "joins" | "follows" | "moves" | "cuts";

const KINDS: Readonly<Partial<Record<OpName, Kind>>> = {
  conv: "layer",
  convTranspose: "layer",
  matmul: "layer",
  concat: "joins",
  add: "follows",
  mul: "follows",
  relu: "cuts",
  clip: "cuts",
  maxPool: "moves",
  globalMaxPool: "moves",
  reshape: "moves",
  flatten: "moves",
  squeeze: "moves",
  unsqueeze: "moves",
  transpose: "moves",
  slice: "moves",
  split: "moves",
  identity: "moves",
  dropout: "moves",
  depthToSpace: "moves",
  spaceToDepth: "moves",
  expand: "moves",
  tile: "moves",
  averagePool: "follows",
  globalAveragePool: "follows",
  adaptiveAveragePool: "follows",
  resize: "follows",
  reduceMean: "follows",
};

/** undefined of what computes with floats. `constantOf`: by operand. */
export function kindOf(
  node: Node,
  constantOf: (operand: Operand | undefined) => Constant | undefined,
): Kind | undefined {
  if (node.type.dtype !== "f32") return undefined;
  if (node.op === "matmul" && constantOf(node.inputs[1]) === undefined)
    return node.attributes.axis === undefined ? "joins" : undefined;
  if (node.op === "pad")
    return node.attributes.mode !== "constant" || node.attributes.value === 0 ? "moves" : undefined;
  const kind = KINDS[node.op];
  return kind === "layer" && !isLayer(node, constantOf) ? undefined : kind;
}

/** Whether its weights are known, and in an order that integers have in ONNX, too. */
function isLayer(
  { op, attributes, inputs, type }: Node,
  constantOf: (operand: Operand | undefined) => Constant | undefined,
): boolean {
  const [, w, bias] = inputs;
  const weights = constantOf(w);
  if (weights?.type.dtype !== "f32") return false;
  if (bias !== undefined && constantOf(bias)?.type.dtype !== "f32") return false;
  if (op !== "matmul") return true;
  const { axis } = attributes;
  return weights.type.dims.length === 2 && (axis === undefined || axis === type.dims.length - 1);
}
