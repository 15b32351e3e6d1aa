/** Decides which values of a graph become bytes, which of them share a scale, and which activations that makes needless. */
import type { Constant, Operand } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { kindOf, type Kind } from "./kinds.js";

export interface QuantizePlan {
  /** Names of nodes whose weights become i8. */
  readonly layers: ReadonlySet<string>;
  /** Values that become bytes, and the one of each whose distribution says by what scale: of those that share one it is the same. */
  readonly values: ReadonlyMap<Operand, Operand>;
  /** Names of activations that need not be computed where the bytes of their value reach no further than they cut off. */
  readonly cuts: ReadonlySet<string>;
}

interface Planning {
  readonly graph: Graph;
  readonly nodes: ReadonlyMap<Operand, Node>;
  readonly constants: ReadonlyMap<Operand, Constant>;
  readonly readers: ReadonlyMap<Operand, readonly Node[]>;
  /** Names of nodes that are left in floats. */
  readonly kept: ReadonlySet<string>;
  /** Values that a layer reads, directly or through others. */
  readonly wanted: ReadonlySet<Operand>;
}

/** `keep`: names of nodes that compute with floats as they are. */
export function planQuantization(graph: Graph, keep: ReadonlySet<string>): QuantizePlan {
  const planning = planningOf(graph, keep);
  const layers = new Set(
    graph.nodes.filter((node) => kindIn(planning, node) === "layer").map(({ name }) => name),
  );
  const values = new Set<Operand>();
  for (const { name, inputs } of graph.nodes) if (layers.has(name)) values.add(inputs[0]!);
  const moved = new Map<Operand, Operand>();
  for (const node of graph.nodes) {
    const value: Operand = `%${node.name}`;
    const kind = kindIn(planning, node);
    if (kind === undefined || !planning.wanted.has(value)) continue;
    const operands = floatOperands(node, planning);
    const isBytes = (operand: Operand): boolean => values.has(operand);
    if (kind === "joins" ? !operands.some(isBytes) : !operands.every(isBytes)) continue;
    if (operands.some((operand) => planning.constants.has(operand))) continue;
    if (kind === "joins") for (const operand of operands) values.add(operand);
    values.add(value);
    if (kind === "moves") moved.set(value, node.inputs[0]!);
  }
  const cuts = graph.nodes.filter(
    (node) =>
      kindIn(planning, node) === "cuts" &&
      values.has(`%${node.name}`) &&
      isOnlyReader(node, planning),
  );
  return {
    layers,
    values: shared(values, moved, planning),
    cuts: new Set(cuts.map(({ name }) => name)),
  };
}

function planningOf(graph: Graph, kept: ReadonlySet<string>): Planning {
  const readers = new Map<Operand, Node[]>();
  for (const node of graph.nodes)
    for (const operand of node.inputs)
      if (operand !== undefined) readers.set(operand, [...(readers.get(operand) ?? []), node]);
  const planning = {
    graph,
    kept,
    readers,
    nodes: new Map(graph.nodes.map((node) => [`%${node.name}` as Operand, node])),
    constants: new Map(graph.constants.map((one) => [`@${one.name}` as Operand, one])),
    wanted: new Set<Operand>(),
  };
  for (const node of graph.nodes.toReversed()) {
    const reads = kindIn(planning, node) === "layer" || planning.wanted.has(`%${node.name}`);
    if (reads) for (const operand of node.inputs) if (operand) planning.wanted.add(operand);
  }
  return planning;
}

function kindIn({ kept, constants }: Planning, node: Node): Kind | undefined {
  if (kept.has(node.name)) return undefined;
  return kindOf(node, (operand) => (operand === undefined ? undefined : constants.get(operand)));
}

/** What it computes with; constants of layers and of what moves values are none of that. */
function floatOperands(node: Node, { constants, nodes, graph }: Planning): readonly Operand[] {
  const { inputs, op } = node;
  if (op !== "add" && op !== "mul" && op !== "concat" && op !== "matmul") return [inputs[0]!];
  return inputs.filter((operand): operand is Operand => {
    if (operand === undefined || (op === "matmul" && constants.has(operand))) return false;
    const known = nodes.get(operand) ?? graph.inputs.find(({ name }) => `%${name}` === operand);
    return known === undefined || known.type.dtype === "f32";
  });
}

/** Of what is computed, not moved or cut already, and read by the activation alone. */
function isOnlyReader({ inputs: [x] }: Node, planning: Planning): boolean {
  const { readers, graph, nodes } = planning;
  const producer = nodes.get(x!);
  const kind = producer === undefined ? undefined : kindIn(planning, producer);
  if (producer === undefined || kind === "moves" || kind === "cuts") return false;
  return readers.get(x!)!.length === 1 && graph.outputs.every(({ value }) => value !== x);
}

/**
 * What moves bytes keeps their scale. What a concatenation alone reads is rounded by its scale at once: rounding
 * by one of its own before would only add an error.
 */
function shared(
  values: ReadonlySet<Operand>,
  moved: ReadonlyMap<Operand, Operand>,
  { graph, readers }: Planning,
): ReadonlyMap<Operand, Operand> {
  const scaleOf = new Map<Operand, Operand>([...values].map((value) => [value, value]));
  const rootOf = (value: Operand): Operand => {
    const next = scaleOf.get(value) ?? value;
    return next === value ? value : rootOf(next);
  };
  for (const [value, operand] of moved) scaleOf.set(value, operand);
  const isOutput = new Set(graph.outputs.map(({ value }) => value));
  for (const node of graph.nodes.toReversed()) {
    const whole: Operand = `%${node.name}`;
    if (node.op !== "concat" || !values.has(whole)) continue;
    for (const part of new Set(node.inputs as Operand[])) {
      const root = rootOf(part);
      const group = [...values].filter((value) => rootOf(value) === root);
      const alone = group.every(
        (value) =>
          !isOutput.has(value) &&
          readers
            .get(value)!
            .every((reader) => reader === node || group.includes(`%${reader.name}`)),
      );
      if (alone && root !== rootOf(whole)) scaleOf.set(root, whole);
    }
  }
  return new Map([...values].map((value) => [value, rootOf(value)]));
}
