/**
 * fuse-kernels: Graph => Program, a partition of the graph into kernels.
 *
 *   %c = conv(%x, @w, @b)
 *   %r = relu(%c)            =>   kernel conv_relu covers c, r
 *
 * Pointwise nodes join what comes before them (epilogue), else what reads them once (see prologue.ts).
 */
import type { Budget } from "../../base/budget.js";
import { computeOf, opOf } from "../../graph/evaluate.js";
import { byteCount } from "../../base/tensor.js";
import type { Operand } from "../../graph/definition.js";
import type { Graph, Node } from "../../graph/graph.js";
import { returnedOutputs } from "../../graph/states.js";
import { operationCount } from "../../compute/walk.js";
import type { Kernel, KernelInput } from "../../compute/ir.js";
import { layoutOf, operandName, type Branches, type ComputeContext } from "../../ops/op.js";
import type { Port, Program, ProgramKernel, ProgramState, Value, ValueId } from "../program.js";
import { growCluster, standsAlone, type Unit, type Uses } from "./cluster.js";
import { nameKernels } from "./names.js";
import { sourceOf, withOneNameEach, type Part } from "./part.js";
import { fusePrologues } from "./prologue.js";
import { fuseEpilogue, inlineOperand, pointwiseCompute } from "./substitute.js";

/**
 * Every node becomes a kernel or part of one; views become copies that place-values may remove. Throws CompileError
 * `over-budget` on a kernel whose meaning is too long.
 */
export function fuseKernels(graph: Graph, budget?: Budget): Program {
  const { values, ids } = valuesOf(graph);
  const outputs = new Set(graph.outputs.map(({ value }) => ids.get(value)!));
  const fixed = new Set(values.flatMap(({ constant }, id) => (constant === undefined ? [] : [id])));
  const units = graph.nodes.map((node, position): Unit => {
    const value = ids.get(`%${node.name}`)!;
    const part = partOf(node, values, ids, fixed);
    if (budget !== undefined) countTables(part.kernel, node, budget);
    const isFixed = Object.values(part.operands).every((operand) => fixed.has(operand));
    if (isFixed && !outputs.has(value)) fixed.add(value);
    return { node, position, value, ...part };
  });
  const uses: Uses = { readers: readersOf(units), outputs, fixed };
  const clusters = partition(units, uses);
  const ordered = clusters.sort((a, b) => a.at(-1)!.position - b.at(-1)!.position);
  const kernels = ordered.map((cluster) => joinCluster(cluster, values));
  if (budget !== undefined) checkLengths(kernels, budget);
  return {
    name: graph.name,
    values,
    ...portsOf(graph, values, ids),
    buffers: [],
    kernels: nameKernels(fusePrologues(kernels, outputs, fixed)),
    elided: [],
    constants: [],
  };
}

function portsOf(
  graph: Graph,
  values: readonly Value[],
  ids: Ids,
): Pick<Program, "inputs" | "outputs" | "states"> {
  const portOf = (name: string, operand: Operand): Port => {
    const value = ids.get(operand)!;
    return { name, type: values[value]!.type, value };
  };
  const { states = [] } = graph;
  const kept = new Set(states.map(({ input }) => input));
  const results = new Map(graph.outputs.map(({ name, value }) => [name, ids.get(value)!]));
  return {
    inputs: graph.inputs
      .filter(({ name }) => !kept.has(name))
      .map(({ name }) => portOf(name, `%${name}`)),
    outputs: returnedOutputs(graph).map(({ name, value }) => portOf(name, value)),
    states: states.map(({ input, output, initial }): ProgramState => {
      const state = { ...portOf(input, `%${input}`), next: results.get(output)! };
      return initial === undefined
        ? state
        : { ...state, initial: values[ids.get(initial)!]!.constant! };
    }),
  };
}

/** Ops such as resizing bring tables: weights that no file holds. */
function countTables({ constants }: Kernel, { name, op }: Node, budget: Budget): void {
  for (const { value } of constants)
    budget.spend("bytes", byteCount(value.type), { node: name, op });
  budget.checkTime({ node: name, op });
}

/** What is lowered and printed grows with the expressions of a kernel. */
function checkLengths(kernels: readonly ProgramKernel[], budget: Budget): void {
  for (const { name, kernel, covers } of kernels) {
    budget.hold("expression", operationCount(kernel), { op: name, node: covers[0]! });
  }
}

type Ids = ReadonlyMap<Operand, ValueId>;

/** Inputs, nodes and constants, in this order. */
function valuesOf(graph: Graph): { readonly values: readonly Value[]; readonly ids: Ids } {
  const ids = new Map<Operand, ValueId>();
  const values: Value[] = [];
  const add = (operand: Operand, value: Value): void => {
    ids.set(operand, values.length);
    values.push(value);
  };
  for (const { name, type } of [...graph.inputs, ...graph.nodes]) add(`%${name}`, { name, type });
  for (const constant of graph.constants) {
    const { name, type } = constant;
    add(`@${name}`, { name, type, constant });
  }
  return { values, ids };
}

function readersOf(units: readonly Unit[]): Uses["readers"] {
  const readers = new Map<ValueId, Unit[]>();
  for (const unit of units) {
    for (const value of Object.values(unit.operands)) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, [unit]);
      else known.push(unit);
    }
  }
  return readers;
}

/** Every unit in one cluster, which ends with the unit whose value others read. */
function partition(units: readonly Unit[], uses: Uses): (readonly Unit[])[] {
  const claimed = new Set<Unit>();
  const clusters: (readonly Unit[])[] = [];
  const claim = (anchor: Unit): void => {
    const cluster = growCluster(anchor, uses, claimed);
    for (const unit of cluster) claimed.add(unit);
    clusters.push(cluster);
  };
  // Later producers first: of two producers of a sum the last takes the epilogue.
  for (const anchor of [...units].reverse()) {
    if (claimed.has(anchor)) continue;
    // A pointwise unit is claimed by the producer before it where one can take it.
    if (pointwiseCompute(anchor.kernel) !== undefined && !standsAlone(anchor)) continue;
    claim(anchor);
  }
  for (const anchor of units) if (!claimed.has(anchor)) claim(anchor);
  return clusters;
}

function contextOf(
  node: Node,
  values: readonly Value[],
  ids: Ids,
): ComputeContext<Readonly<Record<string, unknown>>> {
  const inputs = node.inputs.map((operand) => {
    if (operand === undefined) return undefined;
    const id = ids.get(operand);
    if (id === undefined) throw new Error(`operand ${operand} is not defined`);
    return values[id]!.type;
  });
  return { inputs, attributes: node.attributes, output: node.type };
}

/** The op's meaning, and the values that its operands are. */
function partOf(
  node: Node,
  values: readonly Value[],
  ids: Ids,
  fixed: ReadonlySet<ValueId>,
): Part & Pick<Unit, "layout" | "view" | "branches"> {
  const op = opOf(node.op);
  const context = contextOf(node, values, ids);
  const kernel = computeOf(op, context.inputs, context.attributes, context.output);
  const operands: Record<string, ValueId> = {};
  const named = new Map<string, ValueId>();
  node.inputs.forEach((operand, i) => {
    if (operand !== undefined) named.set(operandName(op, i), ids.get(operand)!);
  });
  const inputs = kernel.inputs.map((input): KernelInput => {
    const value = named.get(input.name)!;
    operands[input.name] = value;
    return fixed.has(value) ? { ...input, constant: true } : input;
  });
  const part = withOneNameEach({ kernel: { ...kernel, inputs }, operands });
  const view = op.view?.(context);
  const branches = op.branches && sourcesOf(op.branches, part, named);
  return {
    ...part,
    layout: layoutOf(op, context),
    ...(view && { view }),
    ...(branches && { branches }),
  };
}

/** The names that a part has for what a branch reads: of two operands that are one value there is one. */
function sourcesOf(
  { condition, then, otherwise }: Branches,
  part: Part,
  named: ReadonlyMap<string, ValueId>,
): Branches {
  const source = (operand: string): string => sourceOf(part, named.get(operand)!)!;
  return { condition: source(condition), then: source(then), otherwise: source(otherwise) };
}

function joinCluster(cluster: readonly Unit[], values: readonly Value[]): ProgramKernel {
  const [{ layout, view, branches }] = cluster as readonly [Unit];
  const { value: output } = cluster.at(-1)!;
  const { kernel, operands } = fuseCluster(cluster);
  return {
    name: cluster.map((unit) => unit.node.op).join("_"),
    role: view === undefined ? "compute" : "copy",
    covers: cluster.map((unit) => values[unit.value]!.name),
    kernel,
    operands,
    output,
    layout,
    ...(view && { view }),
    ...(branches && { branches }),
    schedules: [],
    places: {},
  };
}

/** Folds pointwise members into the anchor's epilogue one by one; a value read twice is one expression, shared. */
function fuseCluster(cluster: readonly Unit[]): Part {
  const [anchor, ...followers] = cluster as readonly [Unit, ...Unit[]];
  if (followers.length === 0) return anchor;
  const inlined = new Map<ValueId, Part>();
  // Followers are first rewritten over the anchor's value alone, so that a diamond closes.
  for (const unit of followers) {
    const part = Object.values(unit.operands).reduce<Part>((whole, value) => {
      const inner = inlined.get(value);
      return inner === undefined ? whole : inlineOperand(whole, value, inner);
    }, unit);
    inlined.set(unit.value, part);
  }
  return fuseEpilogue(anchor, anchor.value, inlined.get(cluster.at(-1)!.value)!);
}
