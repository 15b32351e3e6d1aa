/** Finds what ONNX says as DynamicQuantizeLinear: a value as u8 with the scale and zero point that let 0 and all of it in. */
import type { TensorType } from "../base/tensor.js";
import { constantTensor, type ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { lookThrough, lowestOf, type Nodes } from "../graph/lookThrough.js";
import type { NodeProto } from "../onnx/proto.js";

/** The operands that are the op's input and its three outputs. */
export interface DynamicRange {
  readonly x: Operand;
  readonly outputs: readonly [bytes: Operand, scale: Operand, zero: Operand];
}

/** By each of the three outputs. */
export function dynamicRanges(
  { nodes, constants }: Graph,
  types: ReadonlyMap<Operand, TensorType>,
  readFile?: ReadFile,
): ReadonlyMap<Operand, DynamicRange> {
  const scalar = (operand: Operand): number | undefined => {
    const constant = constants.find(({ name }) => `@${name}` === operand);
    if (constant === undefined || constant.type.dims.length > 0) return undefined;
    return Number(constantTensor(constant, readFile).data[0]);
  };
  const byName = new Map<Operand, Node>(nodes.map((node) => [`%${node.name}`, node]));
  const all: Nodes = { node: (operand) => operand && byName.get(operand) };
  const found = new Map<Operand, DynamicRange>();
  for (const node of nodes) {
    const bytes: Operand = `%${node.name}`;
    const sum = lookThrough(bytes, ["cast", "clip", "add"], all);
    if (node.type.dtype !== "u8" || sum?.op !== "add" || !isByteRange(node, all)) continue;
    const ratio = lookThrough(sum.inputs[0], ["round", "div"], all);
    const [x, scale] = ratio?.inputs ?? [];
    const [zero] = all.node(sum.inputs[1])?.inputs ?? [];
    if (x === undefined || scale === undefined || zero === undefined) continue;
    const range = { x, outputs: [bytes, scale, zero] } as const;
    const isOne = types.get(scale)!.dims.length === 0 && types.get(zero)!.dims.length === 0;
    if (!isOne || !isScale(range, all, scalar) || !isZero(range, all)) continue;
    for (const output of range.outputs) found.set(output, range);
  }
  return found;
}

/** The ONNX node that all three are outputs of, under the names that they have or are given here. */
export function rangeNode(
  { x, outputs }: DynamicRange,
  names: Map<Operand, string>,
  unused: (base: string) => string,
): NodeProto {
  const output = outputs.map((operand) => {
    const name = names.get(operand) ?? unused(operand.slice(1));
    names.set(operand, name);
    return name;
  });
  const name = unused(`${output[0]!}.range`);
  const opType = "DynamicQuantizeLinear";
  return { name, opType, input: [names.get(x)!], output, attribute: [] };
}

function isByteRange(cast: Node, nodes: Nodes): boolean {
  const clip = nodes.node(cast.inputs[0]);
  return clip?.op === "clip" && clip.attributes.min === 0 && clip.attributes.max === 255;
}

/** (relu(reduceMax(x)) − min(reduceMin(x), 0)) / 255 */
function isScale(
  { x, outputs: [, scale] }: DynamicRange,
  nodes: Nodes,
  scalar: (operand: Operand) => number | undefined,
): boolean {
  const ratio = lookThrough(scale, ["div"], nodes);
  const range = lookThrough(scale, ["div", "sub"], nodes);
  if (ratio === undefined || range === undefined || scalar(ratio.inputs[1]!) !== 255) return false;
  const [high, low] = range.inputs;
  const most = lookThrough(high, ["relu", "reduceMax"], nodes)?.inputs[0];
  return most === x && lowestOf(low, nodes) === x;
}

/** cast(clip(round(div(neg(low), scale)))) */
function isZero({ x, outputs: [, scale, zero] }: DynamicRange, nodes: Nodes): boolean {
  const cast = lookThrough(zero, ["cast"], nodes);
  const ratio = lookThrough(zero, ["cast", "clip", "round", "div"], nodes);
  if (cast?.type.dtype !== "u8" || ratio?.inputs[1] !== scale || !isByteRange(cast, nodes))
    return false;
  return lowestOf(lookThrough(ratio.inputs[0], ["neg"], nodes)?.inputs[0], nodes) === x;
}
