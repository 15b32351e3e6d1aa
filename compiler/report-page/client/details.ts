/** What is known of one item: shapes, attributes, parameters, what it costs and sees, and what became of it. */
import type { SummaryRow } from "../../analysis/summary.js";
import type { NodeData, ReportData } from "../data.js";
import { explainNode } from "../explain.js";
import { shapeText, type Item, type Picture } from "../items.js";
import { byteText, grouped, shown } from "../text.js";
import { h, nameNode, type Child } from "./dom.js";
import { fieldView } from "./fieldView.js";
import type { Store } from "./state.js";

export interface Shown {
  readonly item: Item | undefined;
  /** What is selected and not in this view. */
  readonly missing: string;
  readonly picture: Picture;
  /** Folds a block, or unfolds it. */
  readonly fold: (path: string) => void;
}

/** Rows of a long list; the rest is counted. */
const MOST = 40;

export function fillDetails(
  element: HTMLElement,
  data: ReportData,
  store: Store,
  { item, missing, picture, fold }: Shown,
): void {
  const link = linkTo(store);
  const view = data.views[store.state.view]!;
  const parts: Child[] =
    item === undefined
      ? missing === ""
        ? changesOf(data, store)
        : missingParts(data, missing)
      : item.kind === "block" || item.kind === "kernel"
        ? groupParts(data, item, link, fold)
        : nodeParts(data, item, link);
  const around = item === undefined ? [] : neighboursOf(item, picture, link);
  element.replaceChildren(
    ...[...parts, ...around].filter((part) => part !== undefined),
    ...(item === undefined ? [] : [h("p", { class: "quiet" }, `View: ${view.name}`)]),
  );
}

function missingParts(data: ReportData, name: string): Child[] {
  return [
    h("h2", {}, nameNode(shown(name))),
    h("p", {}, "This view does not have it."),
    ...storyParts(data, name),
  ];
}

type Link = (name: string, text?: string) => HTMLElement;

function linkTo(store: Store): Link {
  return (name, text = name) =>
    h(
      "button",
      { type: "button", class: "link", onclick: () => store.set({ selected: name, tab: "graph" }) },
      nameNode(shown(text, 60)),
    );
}

function nodeParts(data: ReportData, { nodes: [node], kind, detail }: Item, link: Link): Child[] {
  const { name, op, attributes, inputs } = node!;
  const layer = data.layers.find((one) => one.name === name);
  const types = new Map(data.constants);
  const isPort = kind === "input" || kind === "output";
  const rows: (readonly [string, Child])[] = [
    ["op", shown(op)],
    ["type", isPort ? detail : node!.dims === undefined ? undefined : typeText(node!)],
    ["parameters", counted(node!.parameters ?? (isPort ? undefined : layer?.parameters))],
    ["multiply-adds", counted(node!.multiplyAdds ?? (isPort ? undefined : layer?.multiplyAdds))],
    ["value", node!.bytes === undefined ? undefined : byteText(node!.bytes)],
    ...(layer?.receptiveFields ?? []).map(({ input, axes }): readonly [string, Child] => [
      `sees of ${shown(input, 24)}`,
      `${axes.map(({ size }) => size).join("×")}, ${axes.map(({ stride }) => Number(stride.toFixed(3))).join("×")} apart, from ${axes.map(({ start }) => start).join("×")}`,
    ]),
  ];
  return [
    h("h2", {}, nameNode(shown(name))),
    list(rows),
    attributes.length === 0 ? undefined : h("h3", {}, "Attributes"),
    attributes.length === 0
      ? undefined
      : list(attributes.map(([key, value]) => [shown(key, 40), shown(value, 120)])),
    inputs.length === 0 ? undefined : h("h3", {}, "Operands"),
    h(
      "ul",
      {},
      ...inputs.slice(0, MOST).flatMap((operand) => {
        if (operand === null) return [];
        const bare = operand.slice(1);
        if (operand.startsWith("%")) return [h("li", {}, link(bare))];
        return [
          h(
            "li",
            {},
            nameNode(shown(operand, 60)),
            h("span", { class: "quiet" }, ` ${types.get(bare) ?? ""}`),
          ),
        ];
      }),
    ),
    ...(isPort ? [] : storyParts(data, name)),
    ...fieldParts(data, layer),
  ];
}

/** A map to point at, with what its positions see. */
function fieldParts(data: ReportData, layer: SummaryRow | undefined): Child[] {
  if (layer === undefined || layer.receptiveFields.length === 0) return [];
  return [h("h3", {}, "What a position sees"), fieldView(data, layer).element];
}

function typeText({ dtype, dims }: NodeData): string {
  return `${dtype!} ${shapeText(dims)}`;
}

const counted = (count: number | undefined): string | undefined =>
  count === undefined || count === 0 ? undefined : grouped(count);

function list(rows: readonly (readonly [string, Child])[]): HTMLElement {
  const known = rows.filter(([, value]) => value !== undefined);
  return h("dl", {}, ...known.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));
}

/** What `tilewright explain` says. */
function storyParts(data: ReportData, name: string): Child[] {
  const steps = explainNode(data, name);
  if (steps.length === 0) return [];
  return [
    h("h3", {}, "What became of it"),
    h(
      "ol",
      { class: "story" },
      ...steps.map(({ pass, text }) =>
        h("li", {}, h("b", {}, pass), " ", nameNode(shown(text, 600))),
      ),
    ),
  ];
}

function groupParts(data: ReportData, item: Item, link: Link, fold: Shown["fold"]): Child[] {
  const { kind, title, nodes, box } = item;
  const sum = (of: (node: NodeData) => number | undefined): number =>
    nodes.reduce((all, node) => all + (of(node) ?? 0), 0);
  return [
    h("h2", {}, nameNode(shown(title))),
    kind === "block"
      ? h("button", { type: "button", onclick: () => fold(title) }, "Unfold")
      : undefined,
    list([
      ["kind", kind === "block" ? "block of layers" : (box?.role ?? "kernel")],
      ["algorithm", box?.algorithm],
      ["when", box?.atLoad === true ? "once, when the module loads" : undefined],
      ["writes", box === undefined ? undefined : nameNode(shown(box.value))],
      ["parameters", counted(sum(({ parameters }) => parameters))],
      ["multiply-adds", counted(sum(({ multiplyAdds }) => multiplyAdds))],
    ]),
    nodes.length === 0 ? undefined : h("h3", {}, kind === "block" ? "Layers" : "Covers"),
    h(
      "ul",
      {},
      ...nodes
        .slice(0, MOST)
        .map(({ name, op, dims }) =>
          h(
            "li",
            {},
            kind === "block" ? link(name) : nameNode(shown(name, 60)),
            h("span", { class: "quiet" }, ` ${shown(op, 30)} ${shapeText(dims)}`),
          ),
        ),
      nodes.length > MOST
        ? h("li", { class: "quiet" }, `and ${nodes.length - MOST} more`)
        : undefined,
    ),
    ...(kind === "kernel" ? storyParts(data, nodes.at(-1)?.name ?? title) : []),
  ];
}

function neighboursOf(item: Item, { items, edges }: Picture, link: Link): Child[] {
  const byId = new Map(items.map((one) => [one.id, one]));
  const ends = (of: "from" | "to", other: "from" | "to"): readonly Item[] =>
    edges.flatMap((edge) => (edge[of] === item.id ? (byId.get(edge[other]) ?? []) : []));
  const rows = (title: string, found: readonly Item[]): Child[] =>
    found.length === 0
      ? []
      : [
          h("h3", {}, title),
          h("ul", {}, ...found.slice(0, MOST).map((one) => h("li", {}, link(keyOf(one))))),
        ];
  const before = item.kind === "node" ? [] : ends("to", "from");
  return [...rows("Reads from", before), ...rows("Read by", ends("from", "to"))];
}

const keyOf = ({ kind, title, nodes }: Item): string =>
  kind === "block" || nodes.length !== 1 ? title : nodes[0]!.name;

/** Where nothing is selected: what rules did in this view. */
function changesOf(data: ReportData, store: Store): Child[] {
  const { name, kind, fired = [], notes = [], same, boxes } = data.views[store.state.view]!;
  const link = linkTo(store);
  const rows = (
    all: readonly { readonly rule: string; readonly node: string; readonly reason?: string }[],
  ) =>
    h(
      "ul",
      {},
      ...all
        .slice(0, MOST * 5)
        .map(({ rule, node, reason }) =>
          h(
            "li",
            {},
            link(node),
            h(
              "span",
              { class: "quiet" },
              ` ${rule}${reason === undefined ? "" : `: ${shown(reason)}`}`,
            ),
          ),
        ),
    );
  const title = kind === "definition" ? "The definition" : `After ${name}`;
  return [
    h("h2", {}, title),
    same === true ? h("p", {}, "Nothing changed.") : undefined,
    kind === "program"
      ? h(
          "p",
          {},
          `${boxes!.filter(({ role }) => role !== "elided").length} kernels; a box lists the layers that one computes.`,
        )
      : undefined,
    fired.length === 0 ? undefined : h("h3", {}, `What rules did (${fired.length})`),
    fired.length === 0 ? undefined : rows(fired),
    notes.length === 0 ? undefined : h("h3", {}, `What they left alone (${notes.length})`),
    notes.length === 0 ? undefined : rows(notes),
    h(
      "p",
      { class: "quiet" },
      "Choose an item to see what is known of it. / searches, arrow keys follow edges, f folds.",
    ),
  ];
}
