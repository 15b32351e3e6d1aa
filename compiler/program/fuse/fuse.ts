/**
 * fuse-kernels: Graph => Program, a partition of the graph into kernels.
 *
 *   %c = conv(%x, @w, @b)
 *   %r = relu(%c)            =>   kernel conv_relu covers c, r
 *
 * Pointwise nodes join what comes before them (epilogue), else what reads them once (see prologue.ts).
 */
import { computeOf, opOf } from "../../graph/evaluate.js";
import type { Operand } from "../../graph/definition.js";
import type { Graph, Node } from "../../graph/graph.js";
import type { Kernel } from "../../compute/ir.js";
import { operandName } from "../../ops/op.js";
import { sameDims } from "../../base/tensor.js";
import type { Program, ProgramKernel } from "../program.js";
import { fusePrologues } from "./prologue.js";
import {
  fuseEpilogue,
  inlineAccumulator,
  pointwiseCompute,
  readsInPlace,
  renameSources,
} from "./substitute.js";

/** A node with its meaning over operands, and the nodes that read it. */
interface Unit {
  readonly node: Node;
  readonly kernel: Kernel;
  readonly position: number;
}

/** Every node becomes a kernel or part of one; views become copies that assign-layouts may remove. */
export function fuseKernels(graph: Graph): Program {
  const units = graph.nodes.map((node, position): Unit => ({
    node,
    kernel: kernelOf(node, graph),
    position,
  }));
  const uses = countUses(graph, units);
  const claimed = new Set<Unit>();
  const clusters: (readonly Unit[])[] = [];
  // Later producers first: of two producers of a sum the last takes the epilogue.
  for (const anchor of [...units].reverse()) {
    if (claimed.has(anchor)) continue;
    // A pointwise unit is claimed by the producer before it where one can take it.
    if (pointwiseCompute(anchor.kernel) !== undefined && !isView(anchor)) continue;
    claim(growCluster(anchor, units, uses, claimed), claimed, clusters);
  }
  for (const anchor of units) {
    if (!claimed.has(anchor)) claim(growCluster(anchor, units, uses, claimed), claimed, clusters);
  }
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const ordered = clusters.sort((a, b) => a.at(-1)!.position - b.at(-1)!.position);
  return {
    name: graph.name,
    inputs: graph.inputs.map(({ name, type }) => ({ name, type })),
    outputs: graph.outputs.map(({ name, value }) => ({ name, value, type: typeOf(value, graph) })),
    buffers: [],
    kernels: nameKernels(fusePrologues(ordered.map(joinCluster), outputs)),
    constants: graph.constants.map((constant) => ({
      constant,
      place: { buffer: `@${constant.name}`, offset: 0, strides: [] },
    })),
  };
}

function claim(cluster: readonly Unit[], claimed: Set<Unit>, clusters: (readonly Unit[])[]): void {
  for (const unit of cluster) claimed.add(unit);
  clusters.push(cluster);
}

function isView(unit: Unit): boolean {
  return opOf(unit.node.op).view !== undefined;
}

function typeOf(operand: Operand, graph: Graph): Node["type"] {
  const name = operand.slice(1);
  const pool: readonly { readonly name: string; readonly type: Node["type"] }[] =
    operand[0] === "@" ? graph.constants : [...graph.inputs, ...graph.nodes];
  const found = pool.find((value) => value.name === name);
  if (found === undefined) throw new Error(`operand ${operand} is not defined`);
  return found.type;
}

/** The op's meaning with its sources named by operands and its own names made unique by the node. */
function kernelOf(node: Node, graph: Graph): Kernel {
  const op = opOf(node.op);
  const types = node.inputs.map((operand) =>
    operand === undefined ? undefined : typeOf(operand, graph),
  );
  const kernel = computeOf(op, types, node.attributes, node.type);
  const operands = new Map<string, string>();
  node.inputs.forEach((operand, i) => {
    if (operand !== undefined) operands.set(operandName(op, i), operand);
  });
  const tables = new Set(kernel.constants.map(({ name }) => name));
  const named = renameSources(kernel, (source) => {
    const operand = operands.get(source);
    if (operand !== undefined) return operand;
    return tables.has(source) ? `#${node.name}.${source}` : source;
  });
  const inputs = named.inputs.map((input) =>
    input.name.startsWith("@") ? { ...input, constant: true as const } : input,
  );
  return { ...named, inputs };
}

type Uses = ReadonlyMap<string, ReadonlySet<Unit | "output">>;

function countUses(graph: Graph, units: readonly Unit[]): Uses {
  const uses = new Map<string, Set<Unit | "output">>();
  const add = (operand: Operand, user: Unit | "output"): void => {
    const users = uses.get(operand) ?? new Set();
    uses.set(operand, users.add(user));
  };
  for (const unit of units)
    for (const operand of unit.node.inputs) if (operand !== undefined) add(operand, unit);
  for (const { value } of graph.outputs) add(value, "output");
  return uses;
}

/**
 * The largest set that starts at `anchor`, goes on through pointwise nodes, and that only its last value
 * leaves: a diamond like SiLU fits, a value that something else reads ends it.
 */
function growCluster(
  anchor: Unit,
  units: readonly Unit[],
  uses: Uses,
  claimed: ReadonlySet<Unit>,
): readonly Unit[] {
  let best: readonly Unit[] = [anchor];
  if (isView(anchor)) return best;
  const members = new Set<Unit>([anchor]);
  const names = new Set<string>([`%${anchor.node.name}`]);
  for (const unit of units.slice(anchor.position + 1)) {
    if (claimed.has(unit) || !extendsCluster(unit, names, anchor)) continue;
    members.add(unit);
    names.add(`%${unit.node.name}`);
    const closed = [...members].every(
      (member) =>
        member === unit ||
        [...(uses.get(`%${member.node.name}`) ?? [])].every(
          (user) => user !== "output" && members.has(user),
        ),
    );
    if (closed) best = [...members];
  }
  return best;
}

function extendsCluster(unit: Unit, names: ReadonlySet<string>, anchor: Unit): boolean {
  const read = unit.node.inputs.filter((operand) => operand !== undefined && names.has(operand));
  if (read.length === 0 || isView(unit)) return false;
  const compute = pointwiseCompute(unit.kernel);
  if (compute === undefined || !sameDims(unit.node.type.dims, anchor.node.type.dims)) return false;
  return read.every((operand) => readsInPlace(compute, operand!, anchor.node.type.dims));
}

function joinCluster(cluster: readonly Unit[]): ProgramKernel {
  const [anchor] = cluster;
  const op = opOf(anchor!.node.op);
  const output: Operand = `%${cluster.at(-1)!.node.name}`;
  const types = anchor!.kernel.inputs;
  const context = {
    inputs: anchor!.node.inputs.map((operand) => types.find(({ name }) => name === operand)?.type),
    attributes: anchor!.node.attributes,
    output: anchor!.node.type,
  };
  const view = op.view?.(context);
  return {
    name: cluster.map((unit) => unit.node.op).join("_"),
    role: view === undefined ? "compute" : "copy",
    covers: cluster.map((unit) => unit.node.name),
    kernel: fuseCluster(cluster),
    output,
    layout: op.layout,
    ...(view === undefined ? {} : { view }),
    schedules: [],
    places: {},
  };
}

/** Folds pointwise members into the anchor's epilogue one by one; a value read twice is one expression, outer. */
function fuseCluster(cluster: readonly Unit[]): Kernel {
  const last = cluster.at(-1)!;
  const inlined = new Map<string, Kernel>();
  const [anchor, ...followers] = cluster;
  if (followers.length === 0) return anchor!.kernel;
  const anchorName = `%${anchor!.node.name}`;
  // Followers are first rewritten over the anchor's value alone, so that a diamond closes.
  for (const unit of followers) {
    const kernel = unit.node.inputs.reduce<Kernel>((whole, operand) => {
      const part = operand === undefined ? undefined : inlined.get(operand);
      return part === undefined ? whole : inlineOperand(whole, operand!, part);
    }, unit.kernel);
    inlined.set(`%${unit.node.name}`, kernel);
  }
  return fuseEpilogue(anchor!.kernel, anchorName, inlined.get(`%${last.node.name}`)!);
}

/** A pointwise kernel with the meaning of one of its operands written in: both are maps over the same dims. */
function inlineOperand(consumer: Kernel, operand: string, part: Kernel): Kernel {
  const joined = fuseEpilogue(part, operand, consumer);
  const compute = pointwiseCompute(joined)!;
  const { epilogue, ...rest } = compute;
  const body = epilogue === undefined ? rest.body : inlineAccumulator(epilogue, rest.body);
  return { ...joined, computes: [{ ...rest, body }] };
}

/** conv_relu, conv_relu_2 …: names made of ops alone, since they reach emitted code. */
function nameKernels(kernels: readonly ProgramKernel[]): ProgramKernel[] {
  const seen = new Map<string, number>();
  return kernels.map((kernel) => {
    const count = (seen.get(kernel.name) ?? 0) + 1;
    seen.set(kernel.name, count);
    return count === 1 ? kernel : { ...kernel, name: `${kernel.name}_${count}` };
  });
}
