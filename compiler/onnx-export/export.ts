/** Writes a Graph as an ONNX model, for other tools to read and other engines to compare with. */
import { CompileError, fail, type Problem } from "../base/error.js";
import { constantTensor, type ReadFile } from "../graph/constants.js";
import type { Operand } from "../graph/definition.js";
import type { Graph, Node, OpName } from "../graph/graph.js";
import { byteCount, type Tensor, type TensorType } from "../base/tensor.js";
import { rawBytes } from "../base/portValues.js";
import { dynamicRanges, rangeNode, type DynamicRange } from "./dynamicRanges.js";
import { bytesIn, type Bytes } from "./integers.js";
import { exporters } from "./ops.js";
import {
  NOTHING,
  quantizerFor,
  readsBytes,
  type Quantization,
  type Quantizer,
} from "./quantization.js";
import { ints, step, transposedOperand, type Site, type Step } from "./site.js";
import { ONNX_TYPES, type NodeProto, type TensorProto } from "../onnx/proto.js";
import { typesOf } from "../graph/operandTypes.js";
import { encodeGraph } from "./model.js";

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
  readonly quantization: Quantization;
  readonly quantizer: Quantizer;
}

export interface Exported {
  readonly bytes: Uint8Array;
  /** What the file calls every input, and the value of every node. */
  readonly raw: ReadonlyMap<Operand, string>;
  /** What it calls what readers of them get. */
  readonly names: ReadonlyMap<Operand, string>;
  /** What it calls the outputs. */
  readonly outputs: readonly string[];
}

/**
 * The bytes of a .onnx file. `readFile` serves constants that live in files. Throws CompileError with one
 * `unsupported` for each node that ONNX cannot say, and `too-large` where the weights do not fit in one file.
 */
export function exportOnnx(graph: Graph, readFile?: ReadFile): Uint8Array {
  return exportQuantized(graph, NOTHING, readFile).bytes;
}

/** The same with values and constants as integers. */
export function exportQuantized(
  graph: Graph,
  quantization: Quantization,
  readFile?: ReadFile,
): Exported {
  const types = typesOf(graph);
  const writer = newWriter(quantization, bytesIn(graph, types));
  for (const input of graph.inputs) {
    writer.names.set(`%${input.name}`, unusedName(writer, input.name));
  }
  const outputs = graph.outputs.map((output) => nameOutput(writer, output.name, output.value));
  writeConstants(writer, graph, readFile);
  writeNodes(writer, graph, types, dynamicRanges(graph, types, readFile));
  graph.outputs.forEach(({ value }, i) => {
    const source = readName(writer, value, quantization.readers === undefined);
    if (source !== outputs[i])
      addNode(writer, outputs[i]!, step("Identity", [source]), outputs[i]!);
  });
  const names = new Map([...writer.names, ...writer.quantizer.names]);
  return { bytes: encodeGraph(graph, writer, outputs), raw: writer.names, names, outputs };
}

function newWriter(quantization: Quantization, bytes: Writer["bytes"]): Writer {
  const parts = { nodes: [], initializers: [], taken: new Set<string>() };
  const writer: Writer = {
    ...parts,
    names: new Map(),
    bytes,
    quantization,
    quantizer: quantizerFor(quantization, {
      emit: (base, one) => {
        const name = unusedName(writer, base);
        // Its value's name says what it is: small networks are smaller so.
        addNode(writer, "", one, name);
        return name;
      },
      constant: (base, value) => addInitializer(writer, base, value),
    }),
  };
  return writer;
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
  const free = value.startsWith("%") && !writer.names.has(value);
  if (free && !writer.quantization.values.has(value)) writer.names.set(value, unused);
  return unused;
}

function writeConstants(writer: Writer, graph: Graph, readFile: ReadFile | undefined): void {
  const { parameters } = writer.quantization;
  const used = new Set(
    [
      ...graph.nodes.flatMap(({ name, inputs }) =>
        inputs.filter((_, position) => parameters.get(name)?.has(position) !== true),
      ),
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

function writeNodes(
  writer: Writer,
  graph: Graph,
  types: ReadonlyMap<Operand, TensorType>,
  dynamic: ReadonlyMap<Operand, DynamicRange>,
): void {
  const problems: Problem[] = [];
  for (const node of graph.nodes) {
    const range = dynamic.get(`%${node.name}`);
    if (range !== undefined) {
      if (range.outputs[1] === `%${node.name}`)
        writer.nodes.push(rangeNode(range, writer.names, (base) => unusedName(writer, base)));
      continue;
    }
    if (writer.quantization.merged.has(node.name)) {
      writer.names.set(`%${node.name}`, writer.names.get(node.inputs[0]!)!);
      continue;
    }
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
  const parameters = writer.quantization.parameters.get(node.name);
  const bytes = readsBytes(writer.quantization, node);
  const transposed = transposedOperand(node);
  const nameOf = (operand: Operand | undefined, position: number): string => {
    if (operand === undefined) return "";
    const constant = parameters?.get(position);
    if (constant === undefined) return readName(writer, operand, bytes);
    return writer.quantizer.parameter(constant, operand.slice(1), position === transposed);
  };
  const inputs = node.inputs.map(nameOf);
  return {
    node: node as Site<OpName>["node"],
    inputs,
    types: node.inputs.map((operand) => (operand === undefined ? undefined : types.get(operand)!)),
    emit,
    bytes: (position) => bytesOf(writer, node.inputs[position], types),
    transposed: (position) =>
      position === transposed && parameters?.has(position) === true
        ? inputs[position]!
        : emit(step("Transpose", [inputs[position]!], { perm: ints([1, 0]) })),
    constant: (value) => addInitializer(writer, `${node.name}.constant`, value),
  };
}

function bytesOf(
  { names, bytes }: Writer,
  operand: Operand | undefined,
  types: ReadonlyMap<Operand, TensorType>,
): ReturnType<Site["bytes"]> {
  const found = operand === undefined ? undefined : bytes.get(operand);
  if (found === undefined) return undefined;
  const { value, zero } = found;
  const point = zero === undefined ? "" : names.get(zero)!;
  return { value: names.get(value)!, zero: point, type: types.get(value)! };
}

/** What a reader gets: the value, or what the bytes stand for that it becomes. */
function readName(writer: Writer, operand: Operand, bytes: boolean): string {
  const raw = writer.names.get(operand)!;
  const isBytes = bytes && writer.quantization.values.has(operand);
  return isBytes ? writer.quantizer.dequantized(operand, raw) : raw;
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
