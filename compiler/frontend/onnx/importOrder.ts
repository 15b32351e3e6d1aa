/** Which nodes of a list are read, and in what order: found once for a function's body, however often it is called. */
import type { Problem } from "../../base/error.js";
import type { Operand } from "../../graph/definition.js";
import { liveNodes, sortNodes } from "../../graph/order.js";
import type { OnnxFunction, OnnxNode } from "../../onnx/messages.js";

/** One node to be read. */
export interface Step {
  readonly node: OnnxNode;
  /** Which of its outputs something reads. */
  readonly used: readonly boolean[];
  /** The function of the model that it calls, if it does. */
  readonly called: OnnxFunction | undefined;
}

export interface ReadingOrder {
  readonly steps: readonly Step[];
  /** Names that several values have, and cycles. */
  readonly problems: readonly Problem[];
  /** Values on cycles. */
  readonly cyclic: readonly string[];
}

/** Functions of a model by `functionKey`. */
export type Functions = ReadonlyMap<string, OnnxFunction>;

/** What `wanted` needs of the nodes, each after what it reads. `taken` are names that other values have already. */
export function readingOrder(
  nodes: readonly OnnxNode[],
  wanted: readonly string[],
  taken: (name: string) => boolean,
  functions: Functions,
): ReadingOrder {
  const problems: Problem[] = [];
  const producers = producersOf(nodes, taken, problems);
  const operandOf = (name: string): Operand[] => {
    const producer = producers.get(name);
    return producer === undefined ? [] : [`%${producer}`];
  };
  const reads = nodes.map((node) => [...new Set(namesRead(node))]);
  const readers = nodes.map((_, i) => ({ name: String(i), inputs: reads[i]!.flatMap(operandOf) }));
  const { nodes: sorted, cycles } = sortNodes(liveNodes(readers, wanted.flatMap(operandOf)));
  const cyclic = cycles.flatMap(({ names, members }) => {
    problems.push(cycleProblem(names.map((i) => nodes[Number(i)]!)));
    return members.flatMap(({ name }) => nodes[Number(name)]!.output);
  });
  const read = new Set([...wanted, ...sorted.flatMap(({ name }) => reads[Number(name)]!)]);
  const steps = sorted.map(({ name }): Step => {
    const node = nodes[Number(name)]!;
    const used = node.output.map((output) => output !== "" && read.has(output));
    const key = functionKey(node.domain, node.opType, node.overload);
    return { node, used, called: functions.get(key) };
  });
  return { steps, problems, cyclic };
}

/** The place in the list of the node that computes a value, by its name. */
function producersOf(
  nodes: readonly OnnxNode[],
  taken: (name: string) => boolean,
  problems: Problem[],
): ReadonlyMap<string, number> {
  const producers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.output) {
      if (output === "") continue;
      if (producers.has(output) || taken(output)) {
        const message = "more than one node, input or initializer has this value's name";
        problems.push({ code: "duplicate-name", message, node: output });
      } else producers.set(output, i);
    }
  });
  return producers;
}

/** Names of the values that a node and the graphs inside it read; a graph's own names are none of them. */
function namesRead(node: OnnxNode): string[] {
  const names = node.input.filter((name) => name !== "");
  for (const { g } of node.attribute) {
    if (g === undefined) continue;
    const own = new Set([
      ...[...g.input, ...g.initializer].map(({ name }) => name),
      ...g.node.flatMap(({ output }) => output),
    ]);
    const read = [...g.node.flatMap(namesRead), ...g.output.map(({ name }) => name)];
    for (const name of read) if (!own.has(name)) names.push(name);
  }
  return names;
}

function cycleProblem(nodes: readonly OnnxNode[]): Problem {
  const shown = nodes.slice(0, 8).map((node) => `'${titleOf(node)}'`);
  const more = nodes.length > 8 ? ` … (${nodes.length} nodes)` : "";
  const message = `each needs the next: ${shown.join(" -> ")}${more} -> ${shown[0]}`;
  return { code: "cycle", message, node: titleOf(nodes[0]!) };
}

/** Nodes may have no name; their values always have. */
export function titleOf(node: OnnxNode): string {
  return node.name === "" ? (node.output.find((output) => output !== "") ?? "") : node.name;
}

export function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([isStandard(domain) ? "" : domain, name, overload]);
}

/** What an op is called in the table of ops: those of other domains with the domain in front. */
export function opName({ domain, opType }: Pick<OnnxNode, "domain" | "opType">): string {
  return isStandard(domain) ? opType : `${domain}.${opType}`;
}

/** Whether a domain is ONNX's own. */
export function isStandard(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}
