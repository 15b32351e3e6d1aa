/** Finds the first node whose value is not the recorded one, or not what its op means, where outputs are wrong. */
import { definitionOf, type Operand, type Output } from "../graph/definition.js";
import type { Graph, Node } from "../graph/graph.js";
import { formatType, type Tensor } from "../base/tensor.js";
import { compareTensors, type Tolerance } from "./compareTensors.js";
import type { Judge } from "./judge.js";
import type { Values } from "./meaning.js";
import type { BuildModel } from "./prepareCase.js";

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

/** The first node that computes something else than was recorded for it: the model changed there. */
export function firstChanged(
  { nodes }: Graph,
  values: Values,
  recorded: ReadonlyMap<string, Tensor>,
  tolerance: Tolerance,
): Culprit | undefined {
  for (const node of nodes) {
    const expected = recorded.get(node.name);
    if (expected === undefined) continue;
    const within = withScale(tolerance, expected);
    const { reason } = compareTensors(node.name, values.get(`%${node.name}`)!, expected, within);
    if (reason !== undefined) return culpritOf(node, "record", reason);
  }
  return undefined;
}

interface Search {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly build: BuildModel;
  readonly judge: Judge;
  readonly readFile: ((path: string) => Uint8Array) | undefined;
}

/**
 * The first node that is compiled wrong; undefined where all outputs are right. The whole graph is compiled
 * each time, with the values that pass from its first nodes to the others as further outputs, so that memory
 * is shared much as it is in the model: after the last of the first nodes that hand on what is right comes
 * the node sought.
 */
export async function bisect(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  build: BuildModel,
  judge: Judge,
  readFile?: (path: string) => Uint8Array,
): Promise<Culprit | undefined> {
  const search: Search = { graph, inputs, build, judge, readFile };
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

/** What is wrong of the first `count` nodes, among the values that the others or the outputs read. */
async function wrongAmong(search: Search, count: number): Promise<Culprit | undefined> {
  const { graph, inputs, build, judge, readFile } = search;
  const first = graph.nodes.slice(0, count);
  const outputs = withHandedOn(graph, count);
  const states = graph.states?.map((state) => ({ ...state, keep: true as const }));
  const definition = definitionOf({
    ...graph,
    outputs,
    ...(states === undefined ? {} : { states }),
  });
  const run = await build(definition, readFile === undefined ? {} : { readFile });
  const results = await run(inputs);
  const named = new Map(outputs.map(({ name, value }) => [value, name]));
  for (const node of first.reverse()) {
    const value = `%${node.name}` as const;
    const name = named.get(value);
    if (name === undefined) continue;
    const { reason } = judge.judge(node.name, value, results.get(name)!);
    if (reason !== undefined) return culpritOf(node, "meaning", reason);
  }
  return undefined;
}

function culpritOf(
  { name, op, type }: Node,
  comparedWith: Culprit["comparedWith"],
  reason: string,
): Culprit {
  return { node: name, op, type: formatType(type), comparedWith, reason };
}

/** The outputs, and what the first `count` nodes hand on to the others. */
function withHandedOn({ nodes, outputs }: Graph, count: number): Output[] {
  const later = new Set<Operand | undefined>(nodes.slice(count).flatMap(({ inputs }) => inputs));
  const known = new Set(outputs.map(({ value }) => value));
  const names = new Set(outputs.map(({ name }) => name));
  const added = nodes.slice(0, count).flatMap((node): Output[] => {
    const value = `%${node.name}` as const;
    if (!later.has(value) || known.has(value)) return [];
    let name = node.name;
    while (names.has(name)) name = `${name}'`;
    names.add(name);
    return [{ name, value }];
  });
  return [...outputs, ...added];
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
