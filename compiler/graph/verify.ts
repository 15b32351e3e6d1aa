/** What makes a Graph legal: said of texts that are read, and asserted of what passes return. */
import { CompileError, type Problem } from "../base/error.js";
import { reject } from "../ops/op.js";
import {
  elementCount,
  formatType,
  isEmpty,
  newData,
  sameType,
  type TensorType,
} from "../base/tensor.js";
import type { Constant, Operand } from "./definition.js";
import type { Graph, Node } from "./graph.js";
import { formatOperand } from "./names.js";
import { stateNameProblems, stateTypeProblems } from "./states.js";
import {
  arityProblems,
  checkType,
  collect,
  findOp,
  inferNode,
  readAttributes,
  sameAttributes,
} from "./typing.js";

/**
 * What is wrong with a graph: names used twice, operands that are not there or come later, types and
 * attributes that the op's own rule does not give, constants whose values do not fill their type.
 */
export function graphProblems(graph: Graph): Problem[] {
  const problems: Problem[] = [];
  const types = new Map<Operand, TensorType>();
  const declare = (operand: Operand, type: TensorType): void => {
    if (types.has(operand)) {
      const message = `${formatOperand(operand)} is declared twice`;
      problems.push({ code: "duplicate-name", message, node: operand.slice(1) });
    }
    types.set(operand, type);
  };
  for (const input of graph.inputs) {
    collect(problems, { node: input.name }, () => checkType(input.type));
    declare(`%${input.name}`, input.type);
  }
  for (const constant of graph.constants) {
    collect(problems, { node: constant.name }, () => checkConstant(constant));
    declare(`@${constant.name}`, constant.type);
  }
  for (const node of graph.nodes) {
    collect(problems, { node: node.name, op: node.op }, () => checkNode(node, types));
    declare(`%${node.name}`, node.type);
  }
  outputProblems(graph, types, problems);
  problems.push(...stateProblems(graph, types));
  return problems;
}

function stateProblems(graph: Graph, types: ReadonlyMap<Operand, TensorType>): Problem[] {
  const named = stateNameProblems(graph);
  const outputs = graph.outputs.flatMap(({ name, value }) => {
    const type = types.get(value);
    return type === undefined ? [] : [[name, type] as const];
  });
  const inputs = new Map(graph.inputs.map(({ name, type }) => [name, type]));
  const { states = [], constants } = graph;
  return [...named, ...stateTypeProblems(states, inputs, new Map(outputs), constants)];
}

/** What has no elements is a constant, which no node computes. */
function checkSolid(type: TensorType): void {
  checkType(type);
  if (isEmpty(type)) reject("bad-dimension", `${formatType(type)} has no elements`);
}

/** Throws CompileError where values do not fill the type they are declared to have. */
export function checkConstant({ type, source }: Constant): void {
  checkType(type);
  if (source.kind !== "data") return;
  const expected = elementCount(type.dims);
  if (source.data.length !== expected) {
    const message = `${source.data.length} values for ${formatType(type)}`;
    reject("bad-weights", `${message}: expected ${expected}`);
  }
  if (source.data.constructor !== newData(type.dtype, 0).constructor) {
    reject("bad-weights", `the values are ${source.data.constructor.name}, not ${type.dtype}`);
  }
}

function checkNode(node: Node, types: ReadonlyMap<Operand, TensorType>): void {
  const op = findOp(node.op);
  const arity = arityProblems(op, node.inputs, true);
  if (arity.length > 0) throw new CompileError(arity);
  const facts = node.inputs.map((operand) => {
    if (operand === undefined) return undefined;
    const type = types.get(operand);
    if (type !== undefined) return { type };
    const message = `${formatOperand(operand)} is not declared before it is used`;
    return reject("unknown-operand", message);
  });
  const given = readAttributes(op, node.attributes);
  const { type, attributes } = inferNode(op, facts, given);
  checkSolid(type);
  if (!sameType(type, node.type)) {
    reject("type-mismatch", `is declared ${formatType(node.type)} but has ${formatType(type)}`);
  }
  if (!sameAttributes(attributes, given)) {
    const [is, should] = [JSON.stringify(given), JSON.stringify(attributes)];
    reject("bad-attribute", `attributes are ${is}, in canonical form ${should}`);
  }
}

function outputProblems(
  graph: Graph,
  types: ReadonlyMap<Operand, TensorType>,
  problems: Problem[],
): void {
  const names = new Set<string>();
  for (const { name, value } of graph.outputs) {
    if (names.has(name)) {
      problems.push({ code: "duplicate-name", message: `output '${name}' is declared twice` });
    }
    names.add(name);
    if (!types.has(value)) {
      const message = `output '${name}' returns ${formatOperand(value)}, which is not declared`;
      problems.push({ code: "unknown-operand", message });
    }
  }
  if (graph.outputs.length === 0)
    problems.push({ code: "no-output", message: "nothing is returned" });
}
