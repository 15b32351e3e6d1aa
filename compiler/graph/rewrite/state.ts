/** A graph while it is rewritten: who reads what is kept up to date, and what nobody reads disappears. */
import { formatType, sameType, type TensorType } from "../../base/tensor.js";
import type { Constant, Operand } from "../definition.js";
import type { Graph, Node } from "../graph.js";
import { formatOperand, namesOf, type Names } from "../names.js";
import { sortNodes } from "../order.js";
import { resultsOf } from "../states.js";
import { inferNode, opNamed, readAttributes } from "../typing.js";
import { changed, newAgenda, schedule, type Agenda } from "./agenda.js";
import type { NewNode, Replacement } from "./rule.js";

export interface State {
  readonly graph: Graph;
  /** Their inputs may be stale: `nodeOf` has them as they are now. */
  readonly nodes: Map<string, Node>;
  readonly constants: Map<string, Constant>;
  readonly inputs: ReadonlyMap<string, TensorType>;
  /** How often each operand is read, outputs included. */
  readonly uses: Map<Operand, number>;
  /** The nodes that read an operand, or did. */
  readonly readers: Map<Operand, Set<string>>;
  /** What values that are gone were replaced by. */
  readonly replaced: Map<Operand, Operand>;
  /** Nodes that read one of those. */
  readonly stale: Set<string>;
  /** Every name of a value or constant there ever was. */
  readonly names: Names;
  readonly agenda: Agenda;
}

/** Rules compare uses with the few that they know of; of more it does not matter how many they are. */
const MANY_USES = 64;

export function newState(graph: Graph): State {
  const state: State = {
    graph,
    nodes: new Map(graph.nodes.map((node) => [node.name, node])),
    constants: new Map(graph.constants.map((constant) => [constant.name, constant])),
    inputs: new Map(graph.inputs.map((input) => [input.name, input.type])),
    uses: new Map(),
    readers: new Map(),
    replaced: new Map(),
    stale: new Set(),
    names: namesOf([...graph.inputs, ...graph.nodes, ...graph.constants].map(({ name }) => name)),
    agenda: newAgenda(graph.nodes.map(({ name }) => name)),
  };
  for (const node of graph.nodes) retain(state, node);
  for (const result of resultsOf(graph)) addUse(state, result, 1);
  for (const { name } of graph.nodes) release(state, `%${name}`, 0);
  return state;
}

/** The node that computes a value, with its inputs as they are now. */
export function nodeOf(state: State, name: string): Node | undefined {
  const node = state.nodes.get(name);
  if (node === undefined || !state.stale.has(name)) return node;
  state.stale.delete(name);
  const inputs = node.inputs.map((input) => input && currentOf(state, input));
  const next = { ...node, inputs } as Node;
  state.nodes.set(name, next);
  return next;
}

/** What stands for an operand now; the way there is short the next time. */
function currentOf({ replaced }: State, operand: Operand): Operand {
  let current = operand;
  for (let next = replaced.get(current); next !== undefined; next = replaced.get(current))
    current = next;
  for (let at = operand; at !== current;) {
    const next = replaced.get(at)!;
    replaced.set(at, current);
    at = next;
  }
  return current;
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
  for (const constant of replacement.constants ?? []) {
    claim(state, constant.name);
    state.constants.set(constant.name, constant);
    changed(state.agenda, `@${constant.name}`);
  }
  if ("use" in replacement) {
    checkSame(node, typeOf(state, replacement.use));
    redirect(state, node, replacement.use);
    return;
  }
  for (const before of replacement.before ?? []) {
    claim(state, before.name);
    setNode(state, typed(state, before.name, before));
  }
  const next = typed(state, node.name, replacement.node);
  checkSame(node, next.type);
  setNode(state, next);
  for (const input of node.inputs) if (input !== undefined) release(state, input, 1);
}

function checkSame(node: Node, type: TensorType): void {
  if (sameType(node.type, type)) return;
  throw new Error(`${formatType(node.type)} would become ${formatType(type)}`);
}

function claim({ names }: State, name: string): void {
  if (names.taken.has(name)) throw new Error(`the name '${name}' is taken`);
  names.taken.add(name);
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

function setNode(state: State, node: Node): void {
  state.nodes.set(node.name, node);
  retain(state, node);
  schedule(state.agenda, node.name);
  changed(state.agenda, `%${node.name}`);
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
  if (count === 0) return;
  const before = state.uses.get(operand) ?? 0;
  state.uses.set(operand, before + count);
  if (Math.min(before, before + count) <= MANY_USES) changed(state.agenda, operand);
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
    const node = nodeOf(state, name);
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
  const moved = state.readers.get(from) ?? new Set();
  for (const name of moved) {
    state.stale.add(name);
    schedule(state.agenda, name);
    changed(state.agenda, `%${name}`);
  }
  state.replaced.set(from, to);
  state.readers.set(to, union(state.readers.get(to) ?? new Set(), moved));
  const count = state.uses.get(from) ?? 0;
  addUse(state, to, count);
  release(state, from, count);
}

/** The smaller set goes into the larger, so that none is moved often. */
function union<T>(a: Set<T>, b: Set<T>): Set<T> {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const one of small) large.add(one);
  return large;
}

/** The graph as it is now, sorted. Throws an Error where rewriting made a cycle. */
export function stateGraph(state: State): Graph {
  const current = [...state.nodes.keys()].map((node) => nodeOf(state, node)!);
  const { nodes, cycles } = sortNodes(current);
  if (cycles.length > 0) {
    throw new Error(`rewriting made a cycle: ${cycles[0]!.names.join(" -> ")}`);
  }
  const constants = [...state.constants.values()].filter(
    ({ name: constant }) => (state.uses.get(`@${constant}`) ?? 0) > 0,
  );
  const { name, inputs, states } = state.graph;
  const outputs = state.graph.outputs.map((output) => ({
    name: output.name,
    value: currentOf(state, output.value),
  }));
  return { name, inputs, nodes, outputs, constants, ...(states === undefined ? {} : { states }) };
}
