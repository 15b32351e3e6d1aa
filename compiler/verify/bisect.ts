/** Finds the first node whose compiled value is not what its op means, where a model's outputs are wrong. */
import { evaluateGraph } from "../graph/evaluate.js";
import { definitionOf, type Operand, type Output } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { formatType, type Tensor } from "../tensor.js";
import { compareTensors, type Tolerance } from "./compareTensors.js";
import type { BuildModel } from "./verifyCase.js";

export interface Culprit {
  readonly node: string;
  readonly op: string;
  /** `f32[1,6,28,28]` */
  readonly type: string;
  /** The first element that differs. */
  readonly reason: string;
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
 * Compiles ever shorter beginnings of the graph and compares what they hand on with the interpreter's
 * values: the first beginning that is wrong ends with the node sought. undefined where all are right.
 */
export async function bisect(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  build: BuildModel,
  tolerance: Tolerance,
  readFile?: (path: string) => Uint8Array,
): Promise<Culprit | undefined> {
  const values = evaluateGraph(graph, inputs, readFile);
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
    const near = withScale(tolerance, expected);
    const { reason } = compareTensors(node.name, results.get(output.name)!, expected, near);
    if (reason !== undefined) return culpritOf(node, reason);
  }
  return undefined;
}

function culpritOf({ name, op, type }: Node, reason: string): Culprit {
  return { node: name, op, type: formatType(type), reason };
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
