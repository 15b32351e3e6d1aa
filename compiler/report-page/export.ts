/** Views as other programs draw them, or show them as they are: SVG, Mermaid, Graphviz. */
import { blocksOf, foldBlocks, foldedAtFirst } from "./blocks.js";
import type { Views } from "./data.js";
import { drawn, drawPicture, type Drawn } from "./drawing.js";
import { pictureOf, type Item, type Picture } from "./items.js";
import { shown } from "./text.js";

export const FORMATS = ["mermaid", "dot", "svg"] as const;
export type Format = (typeof FORMATS)[number];

export interface Exporting {
  /** Every layer, however many there are. */
  readonly unfold: boolean;
  /** What an SVG says of itself. */
  readonly title: string;
}

/** A view by its position. What is gone is left out. */
export function exportView(
  views: Views,
  at: number,
  format: Format,
  { unfold, title }: Exporting,
): string {
  const whole = pictureOf(views, at, false);
  const blocks = unfold ? [] : blocksOf(whole);
  const picture = foldBlocks(whole, blocks, foldedAtFirst(whole, blocks));
  switch (format) {
    case "mermaid":
      return mermaid(picture);
    case "dot":
      return dot(picture);
    case "svg":
      return svg(picture, title);
    default:
      return format satisfies never;
  }
}

const LONGEST = 80;

/** Title, name and shape; of a kernel the layers that it covers. */
function linesOf({ kind, title, nodes, detail }: Item): string[] {
  const names = kind === "block" ? [] : nodes.slice(0, 12).map(({ name }) => name);
  return [title, ...names, detail].filter((line) => line !== "").map((one) => shown(one, LONGEST));
}

const numbered = ({ items, edges }: Picture) => {
  const numbers = new Map(items.map(({ id }, i) => [id, `n${i}`]));
  return {
    ids: items.map(({ id }) => numbers.get(id)!),
    ends: edges.map(({ from, to }) => [numbers.get(from)!, numbers.get(to)!] as const),
  };
};

function mermaid(picture: Picture): string {
  const { ids, ends } = numbered(picture);
  // Mermaid reads markup and links in labels: what is no plain sign is said by its number.
  const plain = (text: string): string =>
    text.replace(/[^A-Za-z0-9 _.,×:/+-]/gu, (c) => `#${c.codePointAt(0)!};`);
  const items = picture.items.map(
    (item, i) => `  ${ids[i]!}["${linesOf(item).map(plain).join("<br/>")}"]`,
  );
  const edges = ends.map(([from, to]) => `  ${from} --> ${to}`);
  return `${["flowchart TD", ...items, ...edges].join("\n")}\n`;
}

function dot(picture: Picture): string {
  const { ids, ends } = numbered(picture);
  const plain = (text: string): string => text.replace(/["\\]/g, "\\$&");
  const items = picture.items.map(
    (item, i) => `  ${ids[i]!} [label="${linesOf(item).map(plain).join("\\n")}"];`,
  );
  const edges = ends.map(([from, to]) => `  ${from} -> ${to};`);
  const head = "digraph {\n  node [shape=box, style=rounded];";
  return `${[head, ...items, ...edges].join("\n")}\n}\n`;
}

/** Colours are written out: many who show SVG know no variables. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;fill:#1b1f24}.card{fill:#f6f7f9;stroke:#d9dde3}.stripe{fill:#8a93a0}.product .stripe{fill:#2f6fde}.reduction .stripe{fill:#7a52c7}.pointwise .stripe{fill:#2b8a4b}.port .stripe{fill:#b06a12}.elided .card{fill:none;stroke-dasharray:4 3}.new .card{fill:#dff5e3;stroke:#1a7f37}.changed .card{fill:#fdf1cf;stroke:#9a6700}.edge{fill:none;stroke:#9aa4b1;stroke-width:1.4}.arc{stroke-opacity:.45}`;

function svg(picture: Picture, name: string): string {
  const { layout, edges, items } = drawPicture(picture);
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  const root = drawn(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, width, height },
    drawn("title", {}, name),
    drawn("style", {}, STYLE),
    drawn("rect", { width, height, fill: "#ffffff" }),
    edges,
    ...items,
  );
  return `${markupOf(root)}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<"]/g, (c) => ENTITIES[c]!);

function markupOf({ tag, attributes, children }: Drawn): string {
  const named = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(String(value))}"`,
  );
  const inside = children.map((one) => (typeof one === "string" ? escaped(one) : markupOf(one)));
  return `<${tag}${named.join("")}>${inside.join("")}</${tag}>`;
}
