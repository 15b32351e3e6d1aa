/** Finds the first node whose value is not the recorded one, or not what its op means, where outputs are wrong. */
import { evaluateGraph } from "../graph/evaluate.js";
import { definitionOf, type Operand, type Output } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { formatType, type Tensor } from "../base/tensor.js";
import { compareTensors, type Tolerance } from "./compareTensors.js";
import type { BuildModel } from "./verifyCase.js";

export interface Culprit {
  readonly node: string;
  readonly op: string;
  /** `f32[1,6,28,28]` */
  readonly type: string;
  /** What its value was compared with: a record of it, or what its op means. */
  readonly comparedWith: "record" | "meaning";
  /** The first element that differs. */
  readonly reason: string;
}

/** `first node that is compiled wrong: conv 'conv1' f32[1,6,28,28]` */
export function formatCulprit({ node, op, type, comparedWith }: Culprit): string {
  const fault = comparedWith === "record" ? "differs from its record" : "is compiled wrong";
  return `first node that ${fault}: ${op} '${node}' ${type}`;
}

/** What a search may read beside the model. */
export interface BisectOptions {
  /** Values that were right once, by node; the graph is compared with them first. */
  readonly recorded?: ReadonlyMap<string, Tensor> | undefined;
  readonly readFile?: ((path: string) => Uint8Array) | undefined;
}

interface Search {
  readonly graph: Graph;
  readonly values: ReadonlyMap<Operand, Tensor>;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly build: BuildModel;
  readonly tolerance: Tolerance;
  readonly readFile: ((path: string) => Uint8Array) | undefined;
}

/**
 * The first node that computes something else than was recorded for it: the model changed there. Where none
 * does, ever shorter beginnings of the graph are compiled, and what they hand on is compared with the
 * interpreter's values: the first beginning that is wrong ends with the node sought. undefined where all are
 * right.
 */
export async function bisect(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  build: BuildModel,
  tolerance: Tolerance,
  { recorded = new Map(), readFile }: BisectOptions = {},
): Promise<Culprit | undefined> {
  const values = evaluateGraph(graph, inputs, readFile);
  const changed = firstChanged(graph, values, recorded, tolerance);
  if (changed !== undefined) return changed;
  const search: Search = { graph, values, inputs, build, tolerance, readFile };
  let [right, wrong] = [0, graph.nodes.length];
  let culprit = await wrongAmong(search, wrong);
  if (culprit === undefined) return undefined;
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2);
    const found = await wrongAmong(search, middle);
    if (found === undefined) right = middle;
    else [wrong, culprit] = [middle, found];
  }
  return culprit;
}

function firstChanged(
  { nodes }: Graph,
  values: ReadonlyMap<Operand, Tensor>,
  recorded: ReadonlyMap<string, Tensor>,
  tolerance: Tolerance,
): Culprit | undefined {
  for (const node of nodes) {
    const expected = recorded.get(node.name);
    if (expected === undefined) continue;
    const found = differs(node, values.get(`%${node.name}`)!, expected, tolerance, "record");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong after the first `count` nodes, among the values that the others or the outputs read. */
async function wrongAmong(search: Search, count: number): Promise<Culprit | undefined> {
  const { graph, values, inputs, build, tolerance, readFile } = search;
  const nodes = graph.nodes.slice(0, count);
  const outputs = handedOn(graph, nodes);
  const beginning = definitionOf({ ...graph, nodes, outputs });
  const run = await build(beginning, readFile === undefined ? {} : { readFile });
  const results = await run(inputs);
  for (const node of [...nodes].reverse()) {
    const output = outputs.find(({ value }) => value === `%${node.name}`);
    if (output === undefined) continue;
    const expected = values.get(output.value)!;
    const found = differs(node, results.get(output.name)!, expected, tolerance, "meaning");
    if (found !== undefined) return found;
  }
  return undefined;
}

function differs(
  { name, op, type }: Node,
  actual: Tensor,
  expected: Tensor,
  tolerance: Tolerance,
  comparedWith: Culprit["comparedWith"],
): Culprit | undefined {
  const { reason } = compareTensors(name, actual, expected, withScale(tolerance, expected));
  if (reason === undefined) return undefined;
  return { node: name, op, type: formatType(type), comparedWith, reason };
}

function handedOn(graph: Graph, nodes: readonly Node[]): Output[] {
  const inside = new Set(nodes.map(({ name }): Operand => `%${name}`));
  const read = new Set<Operand | undefined>([
    ...graph.nodes.slice(nodes.length).flatMap((node) => node.inputs),
    ...graph.outputs.map(({ value }) => value),
    `%${nodes.at(-1)!.name}`,
  ]);
  return [...inside]
    .filter((operand) => read.has(operand))
    .map((value, i) => ({ name: `value${i}`, value }));
}

/** Sums cancel: small elements are as wrong as large ones. */
function withScale({ rtol, atol }: Tolerance, { data }: Tensor): Tolerance {
  let largest = 0;
  for (const value of data) {
    const size = Math.abs(Number(value));
    if (size > largest && size < Infinity) largest = size;
  }
  return { rtol, atol: Math.max(atol, 1e-5 * largest) };
}
