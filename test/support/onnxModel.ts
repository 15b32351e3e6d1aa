/** Writes small ONNX models, right and wrong ones, for tests of what reads them. */
import protobuf from "protobufjs";
import { ATTRIBUTE_TYPES, MESSAGES, ONNX_TYPES } from "../../compiler/onnx/proto.js";
import { tensor, type DType, type Tensor } from "../../compiler/base/tensor.js";

export type AttributeInput =
  number | bigint | string | readonly number[] | readonly string[] | Tensor | OnnxText | Reference;

/** The value of an attribute of the function that the node is in. */
export interface Reference {
  readonly ref: string;
  readonly type: number;
}

export interface NodeText {
  readonly op: string;
  readonly in?: readonly string[];
  readonly out: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  /** A number with a fraction, or one given as `float(…)`, is a float; other numbers are integers. */
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
}

export interface OnnxText {
  readonly nodes: readonly NodeText[];
  /** `x: "f32[N,3]"` */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs: readonly string[] | Readonly<Record<string, string>>;
  readonly initializers?: Readonly<Record<string, Tensor>>;
}

export interface FunctionText {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  readonly nodes: readonly NodeText[];
}

interface Options {
  readonly opset?: number;
  readonly functions?: readonly FunctionText[];
  /** Changes the message before it is written. */
  readonly change?: (message: Record<string, unknown>) => void;
}

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(MESSAGES)) {
  const type = new protobuf.Type(name);
  for (const [field, id, kind, rule] of fields)
    type.add(new protobuf.Field(field, id, kind, rule === undefined ? undefined : "repeated"));
  root.add(type);
}

/** Any message by its name. */
export function encodeMessage(name: string, message: object): Uint8Array {
  return root
    .lookupType(name)
    .encode(message as Record<string, unknown>)
    .finish();
}

const FLOAT = Symbol("float");

/** A whole number as a float attribute. */
export function float(value: number): Tensor {
  return { ...tensor("f32", [], [value]), [FLOAT]: true } as Tensor;
}

/** A list of floats that may all be whole. */
export function floats(values: readonly number[]): Tensor {
  return { ...tensor("f32", [values.length], values), [FLOAT]: true } as Tensor;
}

function attribute(name: string, value: AttributeInput): object {
  if (typeof value === "object" && FLOAT in value) {
    const { type, data } = value as unknown as Tensor;
    return type.dims.length === 0
      ? { name, type: ATTRIBUTE_TYPES.f, f: data[0] }
      : { name, type: ATTRIBUTE_TYPES.floats, floats: [...(data as Float32Array)] };
  }
  if (typeof value === "number")
    return Number.isInteger(value)
      ? { name, type: ATTRIBUTE_TYPES.i, i: value }
      : { name, type: ATTRIBUTE_TYPES.f, f: value };
  if (typeof value === "string")
    return { name, type: ATTRIBUTE_TYPES.s, s: new TextEncoder().encode(value) };
  if (typeof value === "bigint") return { name, type: ATTRIBUTE_TYPES.i, i: Number(value) };
  if ("ref" in value) return { name, type: value.type, refAttrName: value.ref };
  if ("nodes" in value) return { name, type: ATTRIBUTE_TYPES.g, g: graphOf(value) };
  if ("data" in value) return { name, type: ATTRIBUTE_TYPES.t, t: tensorProto("", value) };
  if (value.length > 0 && typeof value[0] === "string") {
    const strings = value.map((one) => new TextEncoder().encode(String(one)));
    return { name, type: ATTRIBUTE_TYPES.strings, strings };
  }
  return value.every(Number.isInteger)
    ? { name, type: ATTRIBUTE_TYPES.ints, ints: value }
    : { name, type: ATTRIBUTE_TYPES.floats, floats: value };
}

export function tensorProto(name: string, { type, data }: Tensor): object {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: type.dims, dataType: ONNX_TYPES[type.dtype], rawData };
}

function nodeOf(node: NodeText): object {
  return {
    name: node.name ?? "",
    opType: node.op,
    domain: node.domain ?? "",
    input: node.in ?? [],
    output: node.out,
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attribute(name, value)),
  };
}

function valueInfo([name, type]: readonly [string, string | undefined]): object {
  const match = /^(\w+)\[(.*)\]$/.exec(type ?? "");
  if (match === null) return { name };
  const dim = match[2] === "" ? [] : match[2]!.split(",").map(dimOf);
  const elemType = ONNX_TYPES[match[1] as DType] ?? Number(match[1]!.replace(/\D/g, ""));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function dimOf(text: string): object {
  return /^-?\d+$/.test(text) ? { dimValue: Number(text) } : { dimParam: text };
}

function graphOf(graph: OnnxText): object {
  const outputs = Array.isArray(graph.outputs)
    ? (graph.outputs as readonly string[]).map((name) => [name, undefined] as const)
    : Object.entries(graph.outputs as Readonly<Record<string, string>>);
  return {
    name: "test",
    node: graph.nodes.map(nodeOf),
    initializer: Object.entries(graph.initializers ?? {}).map(([name, value]) =>
      tensorProto(name, value),
    ),
    input: Object.entries(graph.inputs ?? {}).map(valueInfo),
    output: outputs.map(valueInfo),
  };
}

/** onnxruntime's own domain. */
export const MICROSOFT = "com.microsoft";

/** The bytes of a model, of the newest opset unless another is asked for. */
export function onnxModel(graph: OnnxText, options: Options = {}): Uint8Array {
  const { opset = 21, functions = [], change } = options;
  const microsoft = graph.nodes.some(({ domain }) => domain === MICROSOFT);
  const message: Record<string, unknown> = {
    irVersion: 10,
    opsetImport: [
      { domain: "", version: opset },
      ...(microsoft ? [{ domain: MICROSOFT, version: 1 }] : []),
    ],
    graph: graphOf(graph),
    functions: functions.map(({ name, domain, inputs, outputs, attributes = [], nodes }) => ({
      name,
      domain,
      input: inputs,
      output: outputs,
      attribute: attributes,
      node: nodes.map(nodeOf),
    })),
  };
  change?.(message);
  return encodeMessage("ModelProto", message);
}
