/** Example networks as ONNX models of floats that tests can change: nodes as texts, weights drawn. */
import type { Definition } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import type { OnnxAttribute, OnnxNode } from "../../compiler/onnx/messages.js";
import { ATTRIBUTE_TYPES } from "../../compiler/onnx/proto.js";
import { readTensorProto } from "../../compiler/frontend/onnx/importTensor.js";
import { runPasses } from "../../compiler/passes/index.js";
import { elementCount, formatType, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { float, onnxModel, type AttributeInput, type NodeText } from "./onnxModel.js";
import { createRandom, type Random } from "./random.js";

export interface FloatModel {
  readonly nodes: readonly NodeText[];
  readonly constants: Readonly<Record<string, Tensor>>;
  readonly input: string;
  readonly dims: readonly number[];
  readonly output: string;
}

/** The opset that these models are written as of. */
export const FLOAT_OPSET = 17;

/** Batch norms are folded; weights keep the size of what they are multiplied with, biases are small. */
export function floatModel(definition: Definition, seed: number): FloatModel {
  const raw = inferShapes(definition);
  const graph = runPasses(raw, { disable: ["rewrite-pointwise-convs"] });
  const { node, initializer } = decodeModel(exportOnnx(graph)).graph!;
  const random = createRandom(seed);
  const sizes = new Set(node.flatMap(({ opType, input }) => (opType === "Resize" ? input : [])));
  const constants = initializer.map((proto) => {
    const value = readTensorProto(proto);
    const isGiven = value.type.dims.length === 0 || sizes.has(proto.name);
    return [proto.name, isGiven ? value : drawn(random, value)] as const;
  });
  return {
    nodes: node.map(textOf),
    constants: Object.fromEntries(constants),
    input: graph.inputs[0]!.name,
    dims: graph.inputs[0]!.type.dims,
    output: graph.outputs[0]!.name,
  };
}

function drawn(random: Random, { type: { dims } }: Tensor): Tensor {
  const most = dims.length === 1 ? 0.3 : Math.sqrt(6 / (elementCount(dims) / dims[0]!));
  return noise(random, dims, most);
}

/** Numbers from −most to most. */
export function noise(random: Random, dims: readonly number[], most = 1): Tensor {
  const next = (): number => (most * random.int(-1e6, 1e6)) / 1e6;
  return tensor("f32", dims, Array.from({ length: elementCount(dims) }, next));
}

function textOf(node: OnnxNode): NodeText {
  const attributes = node.attribute.map((one) => [one.name, valueOf(one)] as const);
  return {
    op: node.opType,
    in: node.input,
    out: node.output,
    attributes: Object.fromEntries(attributes),
  };
}

function valueOf({ type, i, f, s, ints }: OnnxAttribute): AttributeInput {
  if (type === ATTRIBUTE_TYPES.s) return new TextDecoder().decode(s);
  if (type === ATTRIBUTE_TYPES.ints) return ints.map(Number);
  return type === ATTRIBUTE_TYPES.f ? float(f) : Number(i);
}

/** The bytes of a model with these outputs. */
export function floatBytes(
  { nodes, constants, input, dims }: FloatModel,
  outputs: readonly string[],
): Uint8Array {
  const inputs = { [input]: formatType({ dtype: "f32", dims }) };
  return onnxModel({ nodes, inputs, initializers: constants, outputs }, { opset: FLOAT_OPSET });
}
