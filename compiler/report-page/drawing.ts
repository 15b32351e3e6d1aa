/** Draws a picture of a view as a tree of SVG elements, which the page makes nodes of, and `--svg` text. */
import type { Item, Picture } from "./items.js";
import { ARC, layoutOf, type Layout, type Point, type Route, type Spot } from "./layout.js";
import { shown } from "./text.js";

export interface Drawn {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Drawn | string)[];
}

export function drawn(
  tag: string,
  attributes: Drawn["attributes"] = {},
  ...children: readonly (Drawn | string)[]
): Drawn {
  return { tag, attributes, children };
}

export interface PictureDrawing {
  readonly layout: Layout;
  readonly edges: Drawn;
  /** One group an item, in order. */
  readonly items: readonly Drawn[];
}

export const WIDTH = 216;
const ROW = 18;
const [HEADER, PADDING] = [24, 6];

export function drawPicture(picture: Picture): PictureDrawing {
  const byId = new Map(picture.items.map((item) => [item.id, item]));
  const layout = layoutOf(picture, WIDTH, (id) => heightOf(byId.get(id)!));
  const changes = new Map(picture.items.map(({ id, change }) => [id, change]));
  return {
    layout,
    edges: drawn(
      "g",
      { class: "edges" },
      ...layout.routes.map((route) => drawRoute(route, changes.get(route.edge.to) === "new")),
    ),
    items: picture.items.map((item) => drawItem(item, layout.spots.get(item.id)!)),
  };
}

function rowsOf({ kind, nodes }: Item): number {
  return kind === "kernel" ? Math.max(1, nodes.length) : 1;
}

function heightOf(item: Item): number {
  if (item.kind === "input" || item.kind === "output") return 44;
  return HEADER + rowsOf(item) * ROW + PADDING;
}

/** What colours an item: what kind of work it is, or its place at an end. */
export function colourOf({ kind, nodes, box }: Item): string {
  if (kind === "input" || kind === "output") return "port";
  if (box !== undefined && box.role !== "compute")
    return box.role === "elided" ? "elided" : "movement";
  const kinds = new Set(nodes.map((node) => node.kind));
  const order = ["product", "reduction", "pointwise", "movement"] as const;
  return order.find((one) => kinds.has(one)) ?? "movement";
}

function drawItem(item: Item, { x, y, width, height }: Spot): Drawn {
  const [left, top] = [x - width / 2, y - height / 2];
  const text = (what: string, atX: number, atY: number, name: string, anchor = "start"): Drawn =>
    // Read one after the other, they are words of their own.
    drawn("text", { x: atX, y: atY, class: name, "text-anchor": anchor }, `${what} `);
  const detailed = shown(item.detail, 22);
  const room = Math.max(8, 24 - (item.kind === "kernel" ? 0 : detailed.length));
  const title = item.kind === "block" ? endOf(shown(item.title), room) : shown(item.title, room);
  const classes = ["item", item.kind, colourOf(item), item.change ?? ""].filter(
    (one) => one !== "",
  );
  const rows =
    item.kind === "kernel"
      ? kernelRows(item)
      : item.kind === "block"
        ? [sumText(item)]
        : [shown(item.nodes[0]?.name ?? "", 27)];
  return drawn(
    "g",
    { class: classes.join(" "), transform: `translate(${round(left)} ${round(top)})` },
    ...(item.kind === "block" ? [card(width, height, 4)] : []),
    card(width, height, 0),
    drawn("rect", { class: "stripe", width: 4, height, rx: 2 }),
    text(title, 12, 17, "title"),
    ...(item.kind === "kernel" ? [] : [text(detailed, width - 8, 17, "detail", "end")]),
    ...rows.map((row, i) => text(row, 12, HEADER + 12 + i * ROW, "name")),
  );
}

/** Of a path what is innermost. */
const endOf = (text: string, longest: number): string =>
  text.length <= longest ? text : `…${text.slice(1 - longest)}`;

function card(width: number, height: number, shift: number): Drawn {
  const at = shift === 0 ? {} : { x: shift, y: shift };
  return drawn("rect", { class: shift === 0 ? "card" : "card under", ...at, width, height, rx: 6 });
}

function kernelRows({ nodes, detail, box }: Item): string[] {
  if (nodes.length === 0) return [shown(detail === "" ? (box?.value ?? "") : detail, 27)];
  return nodes.map(({ op, name }) => shown(name.startsWith(op) ? name : `${op}  ${name}`, 27));
}

/** The ops of a block: `3 conv, 3 batchNorm, 2 relu` */
function sumText({ nodes }: Item): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const parts = [...counts].map(([op, count]) => (count === 1 ? op : `${count} ${op}`));
  return shown(parts.join(", "), 27);
}

const round = (value: number): number => Math.round(value * 10) / 10;
const at = ([x, y]: Point): string => `${round(x)} ${round(y)}`;

function drawRoute({ edge, points, arc }: Route, isNew: boolean): Drawn {
  const kind = edge.gone === true ? " gone" : isNew ? " new" : "";
  const d = arc ? arcPath(points) : smoothPath(points);
  return drawn("path", { class: `edge${arc ? " arc" : ""}${kind}`, d });
}

/** Through all points, straight down at each of them. */
function smoothPath(points: readonly Point[]): string {
  const [first, ...rest] = points as readonly [Point, ...Point[]];
  let path = `M${at(first)}`;
  let [x, y] = first;
  for (const [toX, toY] of rest) {
    const middle = (y + toY) / 2;
    path +=
      x === toX
        ? `L${at([toX, toY])}`
        : `C${at([x, middle])} ${at([toX, middle])} ${at([toX, toY])}`;
    [x, y] = [toX, toY];
  }
  return path;
}

/** Out at the right side and in again: the further, the wider. */
function arcPath([from, to]: readonly Point[]): string {
  const far = Math.abs(to![1] - from![1]);
  const out = Math.max(from![0], to![0]) + Math.min(ARC, 24 + far / 12);
  return `M${at(from!)}C${at([out, from![1]])} ${at([out, to![1]])} ${at(to!)}`;
}
