/** Reads a text back into the Definition or Graph that it is; the two share one syntax. */
import { startBudget, type Budget } from "../../base/budget.js";
import { CompileError, fail, type Problem } from "../../base/error.js";
import type { TensorType } from "../../base/tensor.js";
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
import { parseNumber } from "../../base/numbers.js";
import { readConstant, readDims, readDType } from "./constant.js";
import { syntaxError } from "./lexer.js";
import {
  accept,
  expected,
  expectKind,
  expectName,
  expectPunctuation,
  isNext,
  listUntil,
  openReader,
  take,
  type Reader,
} from "./reader.js";
import { collect, findOp, readAttributes } from "../typing.js";
import { graphProblems } from "../verify.js";

export type Parsed =
  | { readonly kind: "model"; readonly definition: Definition }
  | { readonly kind: "graph"; readonly graph: Graph };

/**
 * What a text says. Throws CompileError: "syntax" with line and column, "too-large" or "over-budget", or what makes a
 * graph illegal.
 */
export function parseText(text: string, budget: Budget = startBudget()): Parsed {
  const module = readModule(openReader(text, budget));
  const { kind, ...definition } = module;
  return kind === "model" ? { kind, definition } : { kind, graph: typedGraph(module) };
}

/** The Definition of a `model` text. Throws CompileError. */
export function parseDefinition(text: string, budget: Budget = startBudget()): Definition {
  const parsed = parseText(text, budget);
  if (parsed.kind === "model") return parsed.definition;
  return fail("syntax", "line 1:1: expected a model, found a graph");
}

/** The Graph of a `graph` text. Throws CompileError. */
export function parseGraph(text: string, budget: Budget = startBudget()): Graph {
  const parsed = parseText(text, budget);
  if (parsed.kind === "graph") return parsed.graph;
  return fail("syntax", "line 1:1: expected a graph, found a model");
}

interface TypedNode extends DefinitionNode {
  readonly type?: TensorType;
}

interface Module extends Definition {
  readonly kind: "model" | "graph";
  readonly nodes: readonly TypedNode[];
}

const NODES_BETWEEN_LOOKS = 1024;

function readModule(reader: Reader): Module {
  const kind = readKind(reader);
  const name = expectName(reader, `the ${kind}'s name`);
  expectPunctuation(reader, "(");
  const { budget } = reader;
  const inputs = listUntil(reader, ")", (at) => readInput(at, kind));
  expectPunctuation(reader, "{");
  const nodes: TypedNode[] = [];
  const states: State[] = [];
  // Inference counts them again, those that anything needs.
  let size = inputs.length;
  budget.hold("nodes", size);
  while (!accept(reader, "word", "return")) {
    if (accept(reader, "word", "state")) {
      budget.hold("nodes", ++size);
      states.push(readState(reader));
      continue;
    }
    if (!isNext(reader, "value")) expected(reader, "a node such as '%name = op(…)', or 'return'");
    const node = readNode(reader, kind);
    size += 1 + node.inputs.length;
    budget.hold("nodes", size, { node: node.name, op: node.op });
    if (nodes.push(node) % NODES_BETWEEN_LOOKS === 0) budget.checkTime({ node: node.name });
  }
  const outputs = listUntil(reader, "}", readOutput);
  budget.hold("nodes", size + outputs.length);
  const constants: Constant[] = [];
  while (!isNext(reader, "end")) {
    if (!isNext(reader, "constant")) expected(reader, "a constant such as '@name : f32[1] = [0]'");
    constants.push(readConstant(reader));
  }
  const kept = states.length === 0 ? {} : { states };
  return { kind, name, inputs, nodes, outputs, constants, ...kept };
}

/** What follows `state`: `%h0 = hn keep from @first` */
function readState(reader: Reader): State {
  const input = expectKind(reader, "value", "an input that is a state");
  expectPunctuation(reader, "=");
  const output = expectName(reader, "an output's name");
  const keep = accept(reader, "word", "keep");
  const from = accept(reader, "word", "from");
  const initial = from ? expectKind(reader, "constant", "a constant's name") : undefined;
  return {
    ...{ input, output },
    ...(keep ? { keep } : {}),
    ...(initial === undefined ? {} : { initial: `@${initial}` as const }),
  };
}

function readKind(reader: Reader): Module["kind"] {
  if (accept(reader, "word", "model")) return "model";
  if (accept(reader, "word", "graph")) return "graph";
  return expected(reader, "'model' or 'graph'");
}

function readInput(reader: Reader, kind: Module["kind"]): DefinitionInput {
  const name = expectKind(reader, "value", "an input such as '%image: f32[1,3,8,8]'");
  expectPunctuation(reader, ":");
  const dtype = readDType(reader);
  if (kind === "graph") return { name, dtype, dims: readDims(reader) };
  expectPunctuation(reader, "[");
  const dims = listUntil(reader, "]", (at) =>
    isNext(at, "number")
      ? parseNumber(take(at).text)
      : expectName(at, "a dimension: a number or a symbol"),
  );
  return { name, dtype, dims };
}

function readNode(reader: Reader, kind: Module["kind"]): TypedNode {
  const name = expectKind(reader, "value", "a node's name");
  expectPunctuation(reader, "=");
  const op = expectName(reader, "an op");
  expectPunctuation(reader, "(");
  const inputs = listUntil(reader, ")", readOperandOrBlank);
  const attributes = readAttributeList(reader);
  if (kind === "model") return { name, op, inputs, attributes };
  expectPunctuation(reader, ":");
  const dtype = readDType(reader);
  return { name, op, inputs, attributes, type: { dtype, dims: readDims(reader) } };
}

function readOperandOrBlank(reader: Reader): Operand | undefined {
  return accept(reader, "word", "_") ? undefined : readOperand(reader);
}

function readOperand(reader: Reader): Operand {
  if (isNext(reader, "value")) return `%${take(reader).text}`;
  if (isNext(reader, "constant")) return `@${take(reader).text}`;
  return expected(reader, "an operand: %value or @constant");
}

function readAttributeList(reader: Reader): Record<string, AttributeValue> {
  if (!accept(reader, "punctuation", "{")) return {};
  const seen = new Set<string>();
  const entries = listUntil(reader, "}", (at): [string, AttributeValue] => {
    const start = at.token.at;
    const key = expectName(at, "an attribute's name");
    if (seen.has(key)) syntaxError(at.text, start, "expected each attribute once");
    seen.add(key);
    expectPunctuation(at, "=");
    return [key, readAttribute(at)];
  });
  return Object.fromEntries(entries);
}

function readAttribute(reader: Reader): AttributeValue {
  if (accept(reader, "punctuation", "[")) {
    if (isNext(reader, "string")) {
      return listUntil(reader, "]", (at) => expectKind(at, "string", "a string"));
    }
    return listUntil(reader, "]", readNumber);
  }
  if (isNext(reader, "string")) return take(reader).text;
  if (accept(reader, "word", "true")) return true;
  if (accept(reader, "word", "false")) return false;
  return readNumber(reader);
}

function readNumber(reader: Reader): number {
  if (accept(reader, "word", "nan")) return NaN;
  if (accept(reader, "word", "inf")) return Infinity;
  return parseNumber(expectKind(reader, "number", "a number, string, boolean or list"));
}

function readOutput(reader: Reader): Output {
  const name = expectName(reader, "an output such as 'logits = %fc2'");
  expectPunctuation(reader, "=");
  return { name, value: readOperand(reader) };
}

/** Fills in defaults and checks everything that makes a Graph legal. */
function typedGraph(module: Module): Graph {
  const problems: Problem[] = [];
  const nodes = module.nodes.flatMap((node): Node[] => {
    const attributes = collect(problems, { node: node.name, op: node.op }, () =>
      readAttributes(findOp(node.op), node.attributes),
    );
    return attributes === undefined ? [] : [{ ...node, attributes } as unknown as Node];
  });
  const inputs = module.inputs.map(({ name, dtype, dims }) => ({
    name,
    type: { dtype, dims: dims.map(Number) },
  }));
  const { name, outputs, constants, states } = module;
  const kept = states === undefined ? {} : { states };
  const graph: Graph = { name, inputs, nodes, outputs, constants, ...kept };
  const illegal = problems.length > 0 ? problems : graphProblems(graph);
  if (illegal.length > 0) throw new CompileError(illegal);
  return graph;
}
