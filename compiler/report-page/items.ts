/** What a view of a report draws: items and the edges between them, with what changed since the view before. */
import type { BoxData, NodeData, PortData, ViewData, Views } from "./data.js";

/** `gone`: in the view before, and no longer. */
export type Change = "new" | "changed" | "gone";

export interface Item {
  /** Unique within a view; never shown. */
  readonly id: string;
  readonly kind: "input" | "output" | "node" | "kernel" | "block";
  readonly title: string;
  /** What it stands for: a node of its own, those that a kernel covers, or all of a block. */
  readonly nodes: readonly NodeData[];
  /** A line for people: a shape, or how many. */
  readonly detail: string;
  readonly change?: Change;
  readonly box?: BoxData;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly gone?: true;
}

export interface Picture {
  readonly items: readonly Item[];
  readonly edges: readonly Edge[];
}

const inputId = (name: string): string => `input ${name}`;
const outputId = (name: string): string => `output ${name}`;
const nodeId = (name: string): string => `node ${name}`;

/** Everything that a view has; `gone`: also what it has no longer of the view before. */
export function pictureOf(data: Views, at: number, gone = true): Picture {
  const view = data.views[at]!;
  if (view.kind === "program") return programPicture(data, view);
  const before = data.views[at - 1];
  const compares = view.kind === "graph" && before?.kind === "graph";
  return graphPicture(data, view, compares ? before : undefined, gone);
}

export const nodesOf = (data: Views, view: ViewData): NodeData[] =>
  view.nodes.map((position) => data.nodes[position]!);

function graphPicture(
  data: Views,
  view: ViewData,
  before: ViewData | undefined,
  gone: boolean,
): Picture {
  const nodes = nodesOf(data, view);
  const then = before === undefined ? undefined : nodesOf(data, before);
  const byName = new Map(then?.map((node) => [node.name, node]));
  const now = new Set(nodes.map(({ name }) => name));
  const items: Item[] = nodes.map((node) => {
    const known = byName.get(node.name);
    const change = then === undefined ? undefined : changeOf(known, node);
    return { ...itemOf(node), ...(change === undefined ? {} : { change }) };
  });
  const left = gone ? (then ?? []).filter(({ name }) => !now.has(name)) : [];
  const all = withGone(items, then ?? [], left);
  const ids = new Set([
    ...data.inputs.map(({ name }) => inputId(name)),
    ...all.map(({ id }) => id),
  ]);
  const lost = new Set(left.map(({ name }) => nodeId(name)));
  const edges = all.flatMap(({ id, nodes: [node] }) =>
    edgesTo(id, node!, ids).map((edge): Edge => {
      const isGone = lost.has(edge.from) || lost.has(edge.to);
      return isGone ? { ...edge, gone: true } : edge;
    }),
  );
  const results = view.results.flatMap(([name, value]): Edge[] => {
    const from = [nodeId(value), inputId(value)].find((one) => ids.has(one));
    return from === undefined ? [] : [{ from, to: outputId(name) }];
  });
  return withPorts(data, all, [...edges, ...results]);
}

function changeOf(before: NodeData | undefined, node: NodeData): Change | undefined {
  if (before === undefined) return "new";
  const says = ({ op, inputs, attributes }: NodeData): string =>
    JSON.stringify([op, inputs, attributes]);
  return says(before) === says(node) ? undefined : "changed";
}

export function itemOf(node: NodeData): Item {
  const { name, op, dims } = node;
  return { id: nodeId(name), kind: "node", title: op, nodes: [node], detail: shapeText(dims) };
}

/** `1×64×112×112` */
export function shapeText(dims: readonly number[] | undefined): string {
  if (dims === undefined) return "";
  return dims.length === 0 ? "scalar" : dims.join("×");
}

/** What is gone stands where it stood: before what came after it. */
function withGone(items: Item[], then: readonly NodeData[], left: readonly NodeData[]): Item[] {
  if (left.length === 0) return items;
  const lost = new Set(left);
  const waiting = new Map<string, Item[]>();
  let following: Item[] = [];
  for (const node of then) {
    if (lost.has(node)) following.push({ ...itemOf(node), change: "gone" });
    else if (following.length > 0) {
      waiting.set(nodeId(node.name), following);
      following = [];
    }
  }
  return [...items.flatMap((item) => [...(waiting.get(item.id) ?? []), item]), ...following];
}

function edgesTo(id: string, { inputs }: NodeData, ids: ReadonlySet<string>): Edge[] {
  const sources = inputs.flatMap((operand) => {
    if (operand?.startsWith("%") !== true) return [];
    const name = operand.slice(1);
    return [nodeId(name), inputId(name)].filter((one) => ids.has(one)).slice(0, 1);
  });
  return [...new Set(sources)].map((from) => ({ from, to: id }));
}

function portItem(kind: "input" | "output", { name, type }: PortData): Item {
  const node: NodeData = { name, op: kind, inputs: [], attributes: [], kind: "movement" };
  const id = kind === "input" ? inputId(name) : outputId(name);
  return { id, kind, title: kind, nodes: [node], detail: type };
}

/** Inputs first and outputs last. */
function withPorts(data: Views, items: readonly Item[], edges: readonly Edge[]): Picture {
  const inputs = data.inputs.map((port) => portItem("input", port));
  const outputs = data.outputs.map((port) => portItem("output", port));
  return { items: [...inputs, ...items, ...outputs], edges };
}

function programPicture(data: Views, view: ViewData): Picture {
  const byName = new Map(nodesOf(data, view).map((node) => [node.name, node]));
  const [boxes, ports] = [view.boxes!, view.ports!];
  const items = boxes.map((box, i): Item => {
    const nodes = box.covers.flatMap((name) => byName.get(name) ?? []);
    const detail = nodes.length > 0 ? shapeText(nodes.at(-1)!.dims) : roleText(box);
    return { id: `kernel ${i}`, kind: "kernel", title: box.name, nodes, detail, box };
  });
  const writers = new Map<number, string[]>();
  const write = (value: number, id: string): void => {
    const known = writers.get(value);
    if (known === undefined) writers.set(value, [id]);
    else known.push(id);
  };
  for (const [name, value] of ports.inputs) write(value, inputId(name));
  const edges = boxes.flatMap(({ reads, writes }, i): Edge[] => {
    const to = items[i]!.id;
    const from = new Set(reads.flatMap((value) => writers.get(value) ?? []));
    write(writes, to);
    return [...from].map((one) => ({ from: one, to }));
  });
  const results = ports.outputs.flatMap(([name, value]): Edge[] =>
    (writers.get(value) ?? []).slice(-1).map((from) => ({ from, to: outputId(name) })),
  );
  return withPorts(data, items, [...edges, ...results]);
}

function roleText({ role, atLoad }: BoxData): string {
  if (atLoad === true) return "once, at load";
  return role === "fill" ? "fills a margin" : role === "compute" ? "" : "moves a value";
}
