/** Makes of an exported ONNX model what converters to f16 make of it: the same network with all floats in 16 bits. */
import { rawBytes } from "../../compiler/base/portValues.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { readTensorProto } from "../../compiler/frontend/onnx/importTensor.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import type { OnnxAttribute, OnnxNode, OnnxValueInfo } from "../../compiler/onnx/messages.js";
import {
  ATTRIBUTE_TYPES,
  encodeModel,
  ONNX_TYPES,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../compiler/onnx/proto.js";

/** Inputs of ops that are f32 whatever x is. */
const STAYS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2] };

/**
 * The bytes of the twin. With `keepIoTypes` its inputs and outputs are f32, and Casts lie behind and before them; of
 * f32 it is the same network with weights that are halves.
 */
export function halfTwin(
  bytes: Uint8Array,
  keepIoTypes: boolean,
  dtype: "f16" | "bf16" | "f32" = "f16",
): Uint8Array {
  const { graph, opsetImport } = decodeModel(bytes);
  const { name, node, initializer, input, output } = graph!;
  const kept = new Set(
    node.flatMap((one) => (STAYS[one.opType] ?? []).map((position) => one.input[position])),
  );
  const inner = (value: string, infos: readonly OnnxValueInfo[]): string =>
    keepIoTypes && infos.some((info) => info.name === value && isF32(info))
      ? `${value}.half`
      : value;
  const nodes = node.map((one): NodeProto => ({
    name: one.name,
    opType: one.opType,
    input: one.input.map((value) => inner(inner(value, input), output)),
    output: one.output.map((value) => inner(value, output)),
    attribute: one.attribute.map((attribute) => attributeOf(one, attribute, ONNX_TYPES[dtype])),
  }));
  const casts = (infos: readonly OnnxValueInfo[], isInput: boolean): NodeProto[] =>
    infos
      .filter((info) => keepIoTypes && isF32(info))
      .map(({ name: value }) => ({
        name: `${value}.cast`,
        opType: "Cast",
        input: [isInput ? value : `${value}.half`],
        output: [isInput ? `${value}.half` : value],
        attribute: [{ name: "to", type: 2, i: isInput ? ONNX_TYPES[dtype] : ONNX_TYPES.f32 }],
      }));
  const portsOf = (infos: readonly OnnxValueInfo[]): ValueInfoProto[] =>
    infos.map((info) => portOf(info, keepIoTypes ? ONNX_TYPES.f32 : ONNX_TYPES[dtype]));
  return encodeModel({
    irVersion: 9,
    producerName: "test",
    producerVersion: "",
    opsetImport: opsetImport.map(({ domain, version }) => ({ domain, version: Number(version) })),
    graph: {
      name,
      node: [...casts(input, true), ...nodes, ...casts(output, false)],
      initializer: initializer.map((one) => {
        const value = readTensorProto(one);
        const narrow = value.type.dtype === "f32" && !kept.has(one.name);
        return protoOf(one.name, narrow ? narrowed(value, dtype) : value);
      }),
      input: portsOf(input),
      output: portsOf(output),
    },
  });
}

/** The tensor in 16 bits, or of f32 the f16 that are nearest. */
export function narrowed({ type, data }: Tensor, dtype: "f16" | "bf16" | "f32"): Tensor {
  const halves = tensor(dtype === "f32" ? "f16" : dtype, type.dims, data as Float32Array);
  return { type: { ...type, dtype }, data: halves.data };
}

function isF32({ type }: OnnxValueInfo): boolean {
  return type?.tensorType?.elemType === ONNX_TYPES.f32;
}

function protoOf(name: string, value: Tensor): TensorProto {
  const { dtype, dims } = value.type;
  return { name, dims, dataType: ONNX_TYPES[dtype], rawData: rawBytes(value) };
}

function portOf(info: OnnxValueInfo, float: number): ValueInfoProto {
  const { elemType = 0, shape } = info.type?.tensorType ?? {};
  const dim = (shape?.dim ?? []).map(({ dimValue }) => ({ dimValue: Number(dimValue) }));
  return {
    name: info.name,
    type: { tensorType: { elemType: isF32(info) ? float : elemType, shape: { dim } } },
  };
}

function attributeOf({ opType }: OnnxNode, one: OnnxAttribute, half: number): AttributeProto {
  const to = opType === "Cast" && one.name === "to" && Number(one.i) === ONNX_TYPES.f32;
  const { name, type, f, s, floats } = one;
  switch (type) {
    case ATTRIBUTE_TYPES.f:
      return { name, type, f };
    case ATTRIBUTE_TYPES.i:
      return { name, type, i: to ? half : Number(one.i) };
    case ATTRIBUTE_TYPES.s:
      return { name, type, s };
    case ATTRIBUTE_TYPES.floats:
      return { name, type, floats };
    case ATTRIBUTE_TYPES.ints:
      return { name, type, ints: one.ints.map(Number) };
    default:
      throw new Error(`${opType} has an attribute ${name} of type ${type}`);
  }
}
