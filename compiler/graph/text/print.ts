/** Prints Definitions and Graphs: the text that people read, tests compare and `parse` takes back. */
import { z } from "zod";
import { formatType } from "../../base/tensor.js";
import type {
  AttributeValue,
  Constant,
  Definition,
  DefinitionInput,
  DefinitionNode,
  Operand,
  Output,
  State,
} from "../definition.js";
import type { Graph, Node } from "../graph.js";
import { formatElement, formatNumber } from "../../base/numbers.js";
import { quoteName, quoteString } from "../../base/quote.js";
import { formatOperand } from "../names.js";
import { weightsFile, type WeightsFile } from "./weights.js";
import { opNamed } from "../typing.js";

/** `model name {…}`: every attribute as it was given. */
export function printDefinition(definition: Definition): string {
  const nodes = definition.nodes.map((node) => printNode(node, Object.entries(node.attributes)));
  return printModule("model", definition, definition.inputs.map(printInput), nodes);
}

/** `graph name {…}`: attributes that equal their default are left out, types are given. */
export function printGraph(graph: Graph): string {
  const inputs = graph.inputs.map(
    (input) => `${formatOperand(`%${input.name}`)}: ${formatType(input.type)}`,
  );
  const nodes = graph.nodes.map(
    (node) => `${printNode(node, canonicalAttributes(node))} : ${formatType(node.type)}`,
  );
  return printModule("graph", graph, inputs, nodes);
}

interface Module {
  readonly name: string;
  readonly outputs: readonly Output[];
  readonly constants: readonly Constant[];
  readonly states?: readonly State[];
}

function printModule(
  kind: "model" | "graph",
  module: Module,
  inputs: readonly string[],
  nodes: readonly string[],
): string {
  const outputs = module.outputs.map(
    ({ name, value }) => `${quoteName(name)} = ${formatOperand(value)}`,
  );
  const file = weightsFile(module.name, module.constants);
  const lines = [
    `${kind} ${quoteName(module.name)}(${inputs.join(", ")}) {`,
    ...nodes.map((node) => `  ${node}`),
    ...(module.states ?? []).map((state) => `  ${printState(state)}`),
    `  return ${outputs.join(", ")}`.trimEnd(),
    "}",
    ...module.constants.map((constant) => printConstant(constant, file)),
  ];
  return `${lines.join("\n")}\n`;
}

/** `state %h0 = hn keep from @first` */
function printState({ input, output, keep, initial }: State): string {
  const kept = keep === true ? " keep" : "";
  const from = initial === undefined ? "" : ` from ${formatOperand(initial)}`;
  return `state ${formatOperand(`%${input}`)} = ${quoteName(output)}${kept}${from}`;
}

function printInput({ name, dtype, dims }: DefinitionInput): string {
  const sizes = dims.map((dim) => (typeof dim === "string" ? quoteName(dim) : formatNumber(dim)));
  return `${formatOperand(`%${name}`)}: ${dtype}[${sizes.join(",")}]`;
}

type Entry = readonly [string, AttributeValue | undefined];

interface PrintedNode extends Pick<DefinitionNode, "name" | "op"> {
  readonly inputs: readonly (Operand | undefined)[];
}

function printNode(node: PrintedNode, attributes: readonly Entry[]): string {
  const name = formatOperand(`%${node.name}`);
  const call = `${quoteName(node.op)}(${node.inputs.map(formatOperand).join(", ")})`;
  const printed = attributes.flatMap(([key, value]) =>
    value === undefined ? [] : [`${quoteName(key)}=${printAttribute(value)}`],
  );
  return `${name} = ${call}${printed.length === 0 ? "" : ` {${printed.join(", ")}}`}`;
}

/** A number, a quoted text, or a list of them. */
export function printAttribute(value: AttributeValue): string {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return quoteString(value);
  if (typeof value === "boolean") return String(value);
  return `[${value.map((one) => printAttribute(one)).join(",")}]`;
}

/** Of a node: in the order of its schema, without those that equal their default. */
export function canonicalAttributes(node: Node): Entry[] {
  const schema = opNamed(node.op).attributes;
  const given: Readonly<Record<string, AttributeValue | undefined>> = node.attributes;
  return Object.entries(schema.shape).flatMap(([key, field]): Entry[] => {
    const value = given[key];
    const byDefault = z.safeParse(field, undefined);
    const isDefault =
      value !== undefined &&
      byDefault.success &&
      byDefault.data !== undefined &&
      printAttribute(byDefault.data as AttributeValue) === printAttribute(value);
    return value === undefined || isDefault ? [] : [[key, value]];
  });
}

function printConstant(constant: Constant, file: WeightsFile): string {
  const name = formatOperand(`@${constant.name}`);
  return `${name} : ${formatType(constant.type)} = ${printSource(constant, file)}`;
}

function printSource({ name, source }: Constant, file: WeightsFile): string {
  switch (source.kind) {
    case "data": {
      const offset = file.offsets.get(name);
      if (offset !== undefined) return `file ${quoteString(file.path)} ${offset}`;
      const elements = [...source.data.keys()].map((at) => formatElement(source.data, at));
      return `[${elements.join(", ")}]`;
    }
    case "file":
      return `file ${quoteString(source.path)} ${source.offset}`;
    case "seed": {
      const run = source.sumless === undefined ? "" : ` sumless ${formatNumber(source.sumless)}`;
      const range = `center ${formatNumber(source.center)} spread ${formatNumber(source.spread)}`;
      return `seed ${formatNumber(source.seed)} ${range}${run}`;
    }
    default:
      return source satisfies never;
  }
}
