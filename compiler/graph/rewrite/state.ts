/** A graph while it is rewritten: who reads what is kept up to date, and what nobody reads disappears. */
import { formatType, sameType, type TensorType } from "../../base/tensor.js";
import type { Constant, Operand, Output } from "../definition.js";
import type { Graph, Node } from "../graph.js";
import { formatOperand } from "../names.js";
import { sortNodes } from "../order.js";
import type { NewNode, Replacement } from "./rule.js";
import { inferNode, opNamed, readAttributes } from "../typing.js";

export interface State {
  readonly graph: Graph;
  readonly nodes: Map<string, Node>;
  readonly constants: Map<string, Constant>;
  readonly inputs: ReadonlyMap<string, TensorType>;
  readonly outputs: Output[];
  /** How often each operand is read, outputs included. */
  readonly uses: Map<Operand, number>;
  /** The nodes that read an operand, or did. */
  readonly readers: Map<Operand, Set<string>>;
  /** Every name of a value or constant there ever was. */
  readonly taken: Set<string>;
}

export function newState(graph: Graph): State {
  const state: State = {
    graph,
    nodes: new Map(graph.nodes.map((node) => [node.name, node])),
    constants: new Map(graph.constants.map((constant) => [constant.name, constant])),
    inputs: new Map(graph.inputs.map((input) => [input.name, input.type])),
    outputs: [...graph.outputs],
    uses: new Map(),
    readers: new Map(),
    taken: new Set([...graph.inputs, ...graph.nodes, ...graph.constants].map(({ name }) => name)),
  };
  for (const node of graph.nodes) retain(state, node);
  for (const { value } of graph.outputs) addUse(state, value, 1);
  for (const { name } of graph.nodes) release(state, `%${name}`, 0);
  return state;
}

/** The type of what an operand names. */
export function typeOf(state: State, operand: Operand): TensorType {
  const name = operand.slice(1);
  const type = operand.startsWith("@")
    ? state.constants.get(name)?.type
    : (state.nodes.get(name)?.type ?? state.inputs.get(name));
  if (type === undefined) throw new Error(`${formatOperand(operand)} is not declared`);
  return type;
}

/** Puts a replacement in a node's place. Throws an Error where the type would change. */
export function applyReplacement(state: State, node: Node, replacement: Replacement): void {
  if ("use" in replacement) {
    checkSame(node, typeOf(state, replacement.use));
    redirect(state, node, replacement.use);
    return;
  }
  for (const constant of replacement.constants ?? []) {
    claim(state, constant.name);
    state.constants.set(constant.name, constant);
  }
  for (const before of replacement.before ?? []) {
    claim(state, before.name);
    const added = typed(state, before.name, before);
    state.nodes.set(before.name, added);
    retain(state, added);
  }
  const next = typed(state, node.name, replacement.node);
  checkSame(node, next.type);
  state.nodes.set(node.name, next);
  retain(state, next);
  for (const input of node.inputs) if (input !== undefined) release(state, input, 1);
}

function checkSame(node: Node, type: TensorType): void {
  if (sameType(node.type, type)) return;
  throw new Error(`${formatType(node.type)} would become ${formatType(type)}`);
}

function claim(state: State, name: string): void {
  if (state.taken.has(name)) throw new Error(`the name '${name}' is taken`);
  state.taken.add(name);
}

function typed(state: State, name: string, node: NewNode): Node {
  const op = opNamed(node.op);
  const facts = node.inputs.map((input) =>
    input === undefined ? undefined : { type: typeOf(state, input) },
  );
  const { type, attributes } = inferNode(op, facts, readAttributes(op, node.attributes ?? {}));
  const inputs = [...node.inputs];
  while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
  return { name, op: node.op, inputs, attributes, type } as unknown as Node;
}

function retain(state: State, node: Node): void {
  for (const input of node.inputs) {
    if (input === undefined) continue;
    addUse(state, input, 1);
    const readers = state.readers.get(input) ?? new Set();
    state.readers.set(input, readers.add(node.name));
  }
}

function addUse(state: State, operand: Operand, count: number): void {
  state.uses.set(operand, (state.uses.get(operand) ?? 0) + count);
}

/** Takes back uses of an operand; what is not read any more goes, and releases what it read. */
function release(state: State, operand: Operand, count: number): void {
  addUse(state, operand, -count);
  const open = [operand];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ((state.uses.get(next) ?? 0) > 0) continue;
    const name = next.slice(1);
    if (next.startsWith("@")) {
      state.constants.delete(name);
      continue;
    }
    const node = state.nodes.get(name);
    state.nodes.delete(name);
    for (const input of node?.inputs ?? []) {
      if (input === undefined) continue;
      addUse(state, input, -1);
      open.push(input);
    }
  }
}

/** Everybody who read the node reads `to` instead, and the node goes. */
function redirect(state: State, node: Node, to: Operand): void {
  const from: Operand = `%${node.name}`;
  if (to === from) throw new Error(`'${node.name}' would be replaced by itself`);
  for (const name of state.readers.get(from) ?? []) {
    const reader = state.nodes.get(name);
    if (reader?.inputs.includes(from) !== true) continue;
    const inputs = reader.inputs.map((input) => (input === from ? to : input));
    const next = { ...reader, inputs } as Node;
    state.nodes.set(name, next);
    const moved = reader.inputs.filter((input) => input === from).length;
    addUse(state, to, moved);
    addUse(state, from, -moved);
    state.readers.set(to, (state.readers.get(to) ?? new Set()).add(name));
  }
  state.outputs.forEach((output, i) => {
    if (output.value !== from) return;
    state.outputs[i] = { name: output.name, value: to };
    addUse(state, to, 1);
    addUse(state, from, -1);
  });
  release(state, from, 0);
}

/** The graph as it is now, sorted. Throws an Error where rewriting made a cycle. */
export function stateGraph(state: State): Graph {
  const { nodes, cycles } = sortNodes([...state.nodes.values()]);
  if (cycles.length > 0) throw new Error(`rewriting made a cycle: ${cycles[0]!.join(" -> ")}`);
  const constants = [...state.constants.values()].filter(
    ({ name }) => (state.uses.get(`@${name}`) ?? 0) > 0,
  );
  const { name, inputs } = state.graph;
  return { name, inputs, nodes, outputs: state.outputs, constants };
}
