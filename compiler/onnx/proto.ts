/** The part of ONNX's protobuf schema that models of tensors use, as data: bytes to messages and back. */
import type { Type } from "protobufjs";
import type { DType } from "../base/tensor.js";
import { loadProtobuf } from "./protobuf.js";

/** Values of TensorProto.DataType for the element types there are here. */
export const ONNX_TYPES: Readonly<Record<DType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
};

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name?: string;
  /** Little-endian, row-major. */
  readonly rawData: Uint8Array;
}

/** Values of AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = {
  f: 1,
  i: 2,
  s: 3,
  t: 4,
  g: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  type: 13,
} as const;

export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly floats?: readonly number[];
  readonly strings?: readonly Uint8Array[];
  readonly ints?: readonly number[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  /** "" where an optional input is left out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: number }[] };
    };
  };
}

export interface ModelProto {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeProto[];
    readonly initializer: readonly TensorProto[];
    readonly input: readonly ValueInfoProto[];
    readonly output: readonly ValueInfoProto[];
  };
}

/** `data`: numbers of a tensor, which stay bytes until it is known how many there must be. */
export type Field = readonly [name: string, id: number, type: string, rule?: "repeated" | "data"];

/** Message fields of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) by their numbers. */
export const MESSAGES: Readonly<Record<string, readonly Field[]>> = {
  ModelProto: [
    ["irVersion", 1, "int64"],
    ["producerName", 2, "string"],
    ["producerVersion", 3, "string"],
    ["graph", 7, "GraphProto"],
    ["opsetImport", 8, "OperatorSetIdProto", "repeated"],
    ["functions", 25, "FunctionProto", "repeated"],
  ],
  FunctionProto: [
    ["name", 1, "string"],
    ["input", 4, "string", "repeated"],
    ["output", 5, "string", "repeated"],
    ["attribute", 6, "string", "repeated"],
    ["node", 7, "NodeProto", "repeated"],
    ["opsetImport", 9, "OperatorSetIdProto", "repeated"],
    ["domain", 10, "string"],
    ["attributeProto", 11, "AttributeProto", "repeated"],
    ["overload", 13, "string"],
  ],
  OperatorSetIdProto: [
    ["domain", 1, "string"],
    ["version", 2, "int64"],
  ],
  GraphProto: [
    ["node", 1, "NodeProto", "repeated"],
    ["name", 2, "string"],
    ["initializer", 5, "TensorProto", "repeated"],
    ["sparseInitializer", 15, "SparseTensorProto", "repeated"],
    ["input", 11, "ValueInfoProto", "repeated"],
    ["output", 12, "ValueInfoProto", "repeated"],
  ],
  NodeProto: [
    ["input", 1, "string", "repeated"],
    ["output", 2, "string", "repeated"],
    ["name", 3, "string"],
    ["opType", 4, "string"],
    ["attribute", 5, "AttributeProto", "repeated"],
    ["domain", 7, "string"],
    ["overload", 8, "string"],
  ],
  AttributeProto: [
    ["name", 1, "string"],
    ["f", 2, "float"],
    ["i", 3, "int64"],
    ["s", 4, "bytes"],
    ["t", 5, "TensorProto"],
    ["g", 6, "GraphProto"],
    ["floats", 7, "float", "repeated"],
    ["ints", 8, "int64", "repeated"],
    ["strings", 9, "bytes", "repeated"],
    ["type", 20, "int32"],
    ["refAttrName", 21, "string"],
  ],
  TensorProto: [
    ["dims", 1, "int64", "repeated"],
    ["dataType", 2, "int32"],
    ["floatData", 4, "float", "data"],
    ["int32Data", 5, "int32", "data"],
    ["int64Data", 7, "int64", "data"],
    ["name", 8, "string"],
    ["rawData", 9, "bytes"],
    ["doubleData", 10, "double", "data"],
    ["uint64Data", 11, "uint64", "data"],
    ["externalData", 13, "StringStringEntryProto", "repeated"],
    ["dataLocation", 14, "int32"],
  ],
  StringStringEntryProto: [
    ["key", 1, "string"],
    ["value", 2, "string"],
  ],
  SparseTensorProto: [["values", 1, "TensorProto"]],
  ValueInfoProto: [
    ["name", 1, "string"],
    ["type", 2, "TypeProto"],
  ],
  TypeProto: [["tensorType", 1, "TensorTypeProto"]],
  TensorTypeProto: [
    ["elemType", 1, "int32"],
    ["shape", 2, "TensorShapeProto"],
  ],
  TensorShapeProto: [["dim", 1, "DimensionProto", "repeated"]],
  DimensionProto: [
    ["dimValue", 1, "int64"],
    ["dimParam", 2, "string"],
  ],
};

function messageType(name: string): Type {
  const { Field, Root, Type } = loadProtobuf();
  const root = new Root();
  for (const [message, fields] of Object.entries(MESSAGES)) {
    const type = new Type(message);
    for (const [field, id, fieldType, rule] of fields) {
      const options = rule === "repeated" ? { packed: false } : undefined;
      const repeated = rule === undefined ? undefined : "repeated";
      type.add(new Field(field, id, fieldType, repeated, undefined, options));
    }
    root.add(type);
  }
  return root.lookupType(name);
}

const types = new Map<string, Type>();

function encode(name: string, message: object): Uint8Array {
  const type = types.get(name) ?? messageType(name);
  types.set(name, type);
  return type.encode(message as Record<string, unknown>).finish();
}

/** The bytes of a model file. */
export function encodeModel(message: ModelProto): Uint8Array {
  return encode("ModelProto", message);
}

/** The bytes of a .pb file of ONNX's test data. */
export function encodeTensor(message: TensorProto): Uint8Array {
  return encode("TensorProto", message);
}
