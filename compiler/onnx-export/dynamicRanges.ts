/** Finds what ONNX says as DynamicQuantizeLinear: a value as u8 with the scale and zero point that let 0 and all of it in. */
import type { TensorType } from "../base/tensor.js";
import { constantTensor, type ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node, OpName } from "../graph/graph.js";
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
  const look = lookThrough(byName);
  const found = new Map<Operand, DynamicRange>();
  for (const node of nodes) {
    const bytes: Operand = `%${node.name}`;
    const sum = look(bytes, ["cast", "clip", "add"]);
    if (node.type.dtype !== "u8" || sum?.op !== "add" || !isByteRange(byName, node)) continue;
    const ratio = look(sum.inputs[0], ["round", "div"]);
    const [x, scale] = ratio?.inputs ?? [];
    const [zero] = byName.get(sum.inputs[1]!)?.inputs ?? [];
    if (x === undefined || scale === undefined || zero === undefined) continue;
    const range = { x, outputs: [bytes, scale, zero] } as const;
    const isOne = types.get(scale)!.dims.length === 0 && types.get(zero)!.dims.length === 0;
    if (!isOne || !isScale(range, look, scalar) || !isZero(range, byName, look)) continue;
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

type Look = (from: Operand | undefined, way: readonly OpName[]) => Node | undefined;

/** The node at the end of a way of first operands, where each has the op. */
function lookThrough(nodes: ReadonlyMap<Operand, Node>): Look {
  return (from, way) => {
    let [at, node] = [from, undefined as Node | undefined];
    for (const op of way) {
      node = nodes.get(at!);
      if (node?.op !== op) return undefined;
      [at] = node.inputs;
    }
    return node;
  };
}

function isByteRange(nodes: ReadonlyMap<Operand, Node>, cast: Node): boolean {
  const clip = nodes.get(cast.inputs[0]!);
  return clip?.op === "clip" && clip.attributes.min === 0 && clip.attributes.max === 255;
}

/** min(reduceMin(x), 0) */
function isLow(x: Operand, low: Operand | undefined, look: Look): boolean {
  const clip = look(low, ["clip"]);
  if (clip?.op !== "clip" || clip.attributes.min !== undefined || clip.attributes.max !== 0)
    return false;
  return look(low, ["clip", "reduceMin"])?.inputs[0] === x;
}

/** (relu(reduceMax(x)) − min(reduceMin(x), 0)) / 255 */
function isScale(
  { x, outputs: [, scale] }: DynamicRange,
  look: Look,
  scalar: (operand: Operand) => number | undefined,
): boolean {
  const ratio = look(scale, ["div"]);
  const range = look(scale, ["div", "sub"]);
  if (ratio === undefined || range === undefined || scalar(ratio.inputs[1]!) !== 255) return false;
  const [high, low] = range.inputs;
  return look(high, ["relu", "reduceMax"])?.inputs[0] === x && isLow(x, low, look);
}

/** cast(clip(round(div(neg(low), scale)))) */
function isZero(
  { x, outputs: [, scale, zero] }: DynamicRange,
  nodes: ReadonlyMap<Operand, Node>,
  look: Look,
): boolean {
  const cast = look(zero, ["cast"]);
  const ratio = look(zero, ["cast", "clip", "round", "div"]);
  if (cast?.type.dtype !== "u8" || ratio?.inputs[1] !== scale || !isByteRange(nodes, cast))
    return false;
  const below = look(ratio.inputs[0], ["neg"]);
  return below !== undefined && isLow(x, below.inputs[0], look);
}
