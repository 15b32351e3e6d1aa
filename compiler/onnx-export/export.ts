/** Writes a Graph as an ONNX model, for other tools to read and other engines to compare with. */
import { CompileError, fail, type Problem } from "../base/error.js";
import { constantTensor, type ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node, OpName } from "../graph/graph.js";
import { byteCount, type Tensor, type TensorType } from "../base/tensor.js";
import { rawBytes } from "../base/portValues.js";
import { VERSION } from "../base/version.js";
import { bytesIn, type Bytes } from "./integers.js";
import { exporters, OPSET } from "./ops.js";
import { step, type Site, type Step } from "./site.js";
import {
  encodeModel,
  ONNX_TYPES,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../onnx/proto.js";

/** What files say that wrote them. */
export const PRODUCER = "tilewright";

/** IR version 9 came with opset 20. */
const IR_VERSION = 9;

/** A protobuf message is smaller than 2 GiB; nodes and names are given some room. */
const MOST_WEIGHT_BYTES = 2 ** 31 - 2 ** 26;

interface Writer {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  /** Every ONNX name given so far. */
  readonly taken: Set<string>;
  /** ONNX names of inputs, nodes' values and the constants in use. */
  readonly names: Map<Operand, string>;
  /** Which operands are bytes in more bits. */
  readonly bytes: ReadonlyMap<Operand, Bytes>;
}

/**
 * The bytes of a .onnx file. `readFile` serves constants that live in files. Throws CompileError with one
 * `unsupported` for each node that ONNX cannot say, and `too-large` where the weights do not fit in one file.
 */
export function exportOnnx(graph: Graph, readFile?: ReadFile): Uint8Array {
  const types = typesOf(graph);
  const writer: Writer = {
    nodes: [],
    initializers: [],
    taken: new Set(),
    names: new Map(),
    bytes: bytesIn(graph, types),
  };
  for (const input of graph.inputs) {
    writer.names.set(`%${input.name}`, unusedName(writer, input.name));
  }
  const outputs = graph.outputs.map((output) => nameOutput(writer, output.name, output.value));
  writeConstants(writer, graph, readFile);
  writeNodes(writer, graph, types);
  graph.outputs.forEach(({ value }, i) => {
    const source = writer.names.get(value)!;
    if (source !== outputs[i])
      addNode(writer, outputs[i]!, step("Identity", [source]), outputs[i]!);
  });
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    producerVersion: VERSION,
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: graph.name,
      node: writer.nodes,
      initializer: writer.initializers,
      input: graph.inputs.map(({ name, type }) => valueInfo(writer.names.get(`%${name}`)!, type)),
      output: graph.outputs.map(({ value }, i) => valueInfo(outputs[i]!, types.get(value)!)),
    },
  });
}

function typesOf(graph: Graph): Map<Operand, TensorType> {
  return new Map<Operand, TensorType>([
    ...graph.inputs.map(({ name, type }) => [`%${name}`, type] as const),
    ...graph.constants.map(({ name, type }) => [`@${name}`, type] as const),
    ...graph.nodes.map(({ name, type }) => [`%${name}`, type] as const),
  ]);
}

/** The first of name, name_1, name_2 … that nothing has: here inputs, values and constants share names. */
function unusedName(writer: Writer, name: string): string {
  const base = name === "" ? "value" : name;
  let unused = base;
  for (let i = 1; writer.taken.has(unused); i++) unused = `${base}_${i}`;
  writer.taken.add(unused);
  return unused;
}

/** A node's value bears the name of its first output, and an input its own; anything else goes through an Identity. */
function nameOutput(writer: Writer, name: string, value: Operand): string {
  if (writer.names.get(value) === name) return name;
  const unused = unusedName(writer, name);
  if (value.startsWith("%") && !writer.names.has(value)) writer.names.set(value, unused);
  return unused;
}

function writeConstants(writer: Writer, graph: Graph, readFile: ReadFile | undefined): void {
  const used = new Set(
    [
      ...graph.nodes.flatMap((node) => node.inputs),
      ...graph.outputs.map(({ value }) => value),
    ].filter((operand) => operand !== undefined),
  );
  const constants = graph.constants.filter(({ name }) => used.has(`@${name}`));
  const bytes = constants.reduce((sum, { type }) => sum + byteCount(type), 0);
  if (bytes > MOST_WEIGHT_BYTES) {
    const message = `the weights are ${bytes} bytes, expected at most ${MOST_WEIGHT_BYTES}`;
    fail("too-large", message, { hint: "an ONNX file holds less than 2 GiB" });
  }
  for (const constant of constants) {
    const name = addInitializer(writer, constant.name, constantTensor(constant, readFile));
    writer.names.set(`@${constant.name}`, name);
  }
}

function writeNodes(writer: Writer, graph: Graph, types: ReadonlyMap<Operand, TensorType>): void {
  const problems: Problem[] = [];
  for (const node of graph.nodes) {
    const output = writer.names.get(`%${node.name}`) ?? unusedName(writer, node.name);
    writer.names.set(`%${node.name}`, output);
    try {
      const exporter = exporters[node.op] as (site: Site) => Step;
      addNode(writer, node.name, exporter(siteOf(writer, node, types)), output);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      for (const problem of error.problems) problems.push(problem);
    }
  }
  if (problems.length > 0) throw new CompileError(problems);
}

function siteOf(writer: Writer, node: Node, types: ReadonlyMap<Operand, TensorType>): Site {
  const emit = (one: Step): string => {
    const name = unusedName(writer, `${node.name}.${one.opType}`);
    addNode(writer, name, one, name);
    return name;
  };
  return {
    node: node as Site<OpName>["node"],
    inputs: node.inputs.map((operand) => (operand === undefined ? "" : writer.names.get(operand)!)),
    types: node.inputs.map((operand) => (operand === undefined ? undefined : types.get(operand)!)),
    emit,
    bytes(position) {
      const bytes = writer.bytes.get(node.inputs[position]!);
      if (bytes === undefined) return undefined;
      const { value, zero } = bytes;
      return {
        value: writer.names.get(value)!,
        zero: zero === undefined ? "" : writer.names.get(zero)!,
        type: types.get(value)!,
      };
    },
    constant: (value) => addInitializer(writer, `${node.name}.constant`, value),
  };
}

/** Trailing inputs that are absent are left out. */
function addNode(
  writer: Writer,
  name: string,
  { opType, inputs, attributes, output: position = 0 }: Step,
  output: string,
): void {
  const others = Array.from({ length: position }, () => unusedName(writer, `${name}.other`));
  const last = inputs.findLastIndex((input) => input !== "");
  writer.nodes.push({
    name,
    opType,
    input: inputs.slice(0, last + 1),
    output: [...others, output],
    attribute: Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [{ name: key, ...value }],
    ),
  });
}

function addInitializer(writer: Writer, base: string, { type, data }: Tensor): string {
  const name = unusedName(writer, base);
  writer.initializers.push({
    name,
    dims: type.dims,
    dataType: ONNX_TYPES[type.dtype],
    rawData: rawBytes({ type, data }),
  });
  return name;
}

function valueInfo(name: string, { dtype, dims }: TensorType): ValueInfoProto {
  const dim = dims.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: ONNX_TYPES[dtype], shape: { dim } } } };
}
