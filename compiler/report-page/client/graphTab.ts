/** The graph: a view of the model as a drawing, the steps from view to view, search, and what is known of a node. */
import type { Block } from "../block.js";
import { blocksOf, foldBlocks, foldedAtFirst } from "../blocks.js";
import type { ReportData } from "../data.js";
import { drawPicture, type PictureDrawing } from "../drawing.js";
import { pictureOf, type Item, type Picture } from "../items.js";
import { shown } from "../text.js";
import { newCanvas, type Canvas } from "./canvas.js";
import { fillDetails } from "./details.js";
import { h, svgNode } from "./dom.js";
import { neighbours } from "./neighbours.js";
import { newSearch } from "./search.js";
import type { Store } from "./state.js";
import { newSteps } from "./steps.js";

/** A view as it is drawn, with what is folded of it. */
interface Scene {
  readonly view: number;
  readonly picture: Picture;
  readonly blocks: readonly Block[];
  readonly folded: Set<string>;
  /** With folded blocks as items. */
  shown: Picture;
  drawing: PictureDrawing;
  elements: ReadonlyMap<string, SVGElement>;
}

export function graphTab(data: ReportData, store: Store): HTMLElement {
  const canvas = newCanvas(
    "Graph. Arrow keys go along its edges, Enter shows details, f folds a block.",
  );
  const details = h("aside", { class: "details", "aria-label": "Details", tabindex: "-1" });
  const scenes = new Map<number, Scene>();
  let scene: Scene;
  let focused = "";
  const itemOf = (name: string): Item | undefined =>
    scene.shown.items.find(
      ({ id, nodes, title, kind }) =>
        id === name ||
        nodes.some((node) => node.name === name) ||
        (kind !== "node" && title === name),
    );
  const select = (name: string): void => store.set({ selected: name });
  const focus = (item: Item, really: boolean): void => {
    scene.elements.get(focused)?.setAttribute("tabindex", "-1");
    focused = item.id;
    const element = scene.elements.get(item.id)!;
    element.setAttribute("tabindex", "0");
    const { x, y, width, height } = scene.drawing.layout.spots.get(item.id)!;
    canvas.reveal(x - width / 2, y - height / 2, width, height);
    if (really) element.focus({ preventScroll: true });
  };
  const mark = (really: boolean): void => {
    const { selected } = store.state;
    const item = selected === "" ? undefined : itemOf(selected);
    for (const [id, element] of scene.elements)
      element.setAttribute("aria-pressed", String(id === item?.id));
    const missing = item === undefined ? selected : "";
    fillDetails(details, data, store, { item, missing, picture: scene.shown, fold });
    focus(item ?? scene.shown.items[0]!, really && item !== undefined);
  };
  const draw = (): void => {
    const { view } = store.state;
    scene = scenes.get(view) ?? newScene(data, view, [...scenes.values()].at(-1));
    scenes.delete(view);
    scenes.set(view, scene);
    render(scene, canvas);
  };
  /** Folds a block, or unfolds it. */
  const fold = (path: string): void => {
    if (!scene.folded.delete(path)) scene.folded.add(path);
    refold(scene);
    render(scene, canvas);
    const inside = scene.blocks.find((block) => block.path === path)!.items[0]!;
    const item = scene.shown.items.find(({ id }) => id === `block ${path}` || id === inside);
    store.set({ selected: keyOf(item ?? scene.shown.items[0]!) });
    mark(true);
  };
  const itemAt = (event: Event): Item | undefined => {
    const element = (event.target as Element).closest("[data-item]");
    return element === null
      ? undefined
      : scene.shown.items[Number(element.getAttribute("data-item"))];
  };
  canvas.svg.addEventListener("click", (event) => {
    const item = itemAt(event);
    if (item !== undefined) select(keyOf(item));
  });
  canvas.svg.addEventListener("dblclick", (event) => {
    const item = itemAt(event);
    if (item?.kind === "block") fold(item.title);
  });
  canvas.svg.addEventListener("keydown", (event) => {
    const item = scene.shown.items.find(({ id }) => id === focused);
    if (item === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbours(scene.shown, scene.drawing.layout, item)[event.key];
    const block = item.kind === "block" ? item.title : outermost(scene, item);
    if (next !== undefined) focus(next, true);
    else if (event.key === "Enter" || event.key === " ") {
      select(keyOf(item));
      if (event.key === "Enter") details.focus();
    } else if (event.key === "f" && block !== undefined) fold(block);
    else if (event.key === "+" || event.key === "=") canvas.zoom(1.25);
    else if (event.key === "-") canvas.zoom(0.8);
    else if (event.key === "0") canvas.fit(true);
    else return;
    event.preventDefault();
  });
  store.listen((state, before) => {
    if (state.tab !== "graph") return;
    const moved = state.view !== before.view;
    if (moved) draw();
    if (moved || state.selected !== before.selected || before.tab !== "graph") {
      unfoldFor(state.selected);
      mark(false);
    }
  });
  /** A node that is asked for is no good inside a folded block. */
  const unfoldFor = (name: string): void => {
    const item = scene.picture.items.find(({ nodes }) => nodes.some((node) => node.name === name));
    if (item === undefined || scene.shown.items.includes(item)) return;
    const around = scene.blocks.filter(({ items }) => items.includes(item.id));
    if (itemOf(name)?.title === name) return;
    for (const { path } of around) scene.folded.delete(path);
    refold(scene);
    render(scene, canvas);
  };
  const button = (label: string, title: string, act: () => void): HTMLElement =>
    h("button", { type: "button", title, "aria-label": title, onclick: act }, label);
  const tools = h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Zoom" },
    button("+", "Zoom in", () => canvas.zoom(1.25)),
    button("−", "Zoom out", () => canvas.zoom(0.8)),
    button("⤢", "Show all", () => canvas.fit(true)),
  );
  const legend = newLegend(data, store);
  draw();
  // It has a size once it is seen.
  requestAnimationFrame(() => {
    canvas.fit(false);
    unfoldFor(store.state.selected);
    mark(false);
  });
  return h(
    "div",
    { class: "graph" },
    h("div", { class: "bar" }, newSteps(data, store), newSearch(data, store)),
    h("div", { class: "stage" }, canvas.element, tools, legend),
    details,
  );
}

/** What an item is called in the address: a node by its name, what covers several by its own. */
function keyOf({ kind, title, nodes }: Item): string {
  return kind === "block" || nodes.length !== 1 ? title : nodes[0]!.name;
}

function newScene(data: ReportData, view: number, before: Scene | undefined): Scene {
  const picture = pictureOf(data, view);
  const blocks = blocksOf(picture);
  const known = new Set(before?.blocks.map(({ path }) => path));
  const first = foldedAtFirst(picture, blocks);
  // What was unfolded before stays so.
  const folded = new Set(
    blocks
      .filter(({ path }) => (known.has(path) ? before!.folded : first).has(path))
      .map(({ path }) => path),
  );
  const shown = foldBlocks(picture, blocks, folded);
  return { view, picture, blocks, folded, shown, drawing: drawPicture(shown), elements: new Map() };
}

function refold(scene: Scene): void {
  scene.shown = foldBlocks(scene.picture, scene.blocks, scene.folded);
  scene.drawing = drawPicture(scene.shown);
}

function outermost({ blocks, folded }: Scene, item: Item): string | undefined {
  const around = blocks.filter(({ path, items }) => items.includes(item.id) && !folded.has(path));
  return around.at(-1)?.path;
}

function render(scene: Scene, canvas: Canvas): void {
  const { drawing, shown: picture } = scene;
  const elements = new Map<string, SVGElement>();
  const items = drawing.items.map((drawn, i) => {
    const item = picture.items[i]!;
    const element = svgNode(drawn);
    element.setAttribute("data-item", String(i));
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "-1");
    element.setAttribute("aria-pressed", "false");
    element.setAttribute("aria-label", labelOf(item, element));
    elements.set(item.id, element);
    return element;
  });
  canvas.content.replaceChildren(svgNode(drawing.edges), ...items);
  canvas.resize(drawing.layout.width, drawing.layout.height);
  scene.elements = elements;
}

/** What is seen, as it is seen, and then what only colours say, or was cut. */
function labelOf({ kind, title, nodes, change }: Item, element: Element): string {
  const seen = Array.from(element.querySelectorAll("text"), (text) => text.textContent!.trim());
  const names = kind === "block" ? [title] : [title, ...nodes.slice(0, 8).map(({ name }) => name)];
  const cut = names.map((name) => shown(name, 120)).filter((name) => !seen.includes(name));
  const more = [...cut, kind === "node" ? "" : kind, change ?? ""].filter((part) => part !== "");
  return [seen.join(" "), ...new Set(more)].join(", ");
}

/** What colours mean; those of changes where there are any. */
function newLegend(data: ReportData, store: Store): HTMLElement {
  const kinds = [
    ["product", "sums of products"],
    ["reduction", "sums, extremes"],
    ["pointwise", "element by element"],
    ["movement", "moves values"],
  ] as const;
  const changes = (["new", "changed", "gone"] as const).map((name) =>
    h("li", { class: name }, name),
  );
  const show = (): void => {
    const { fired = [] } = data.views[store.state.view]!;
    for (const row of changes) row.hidden = fired.length === 0;
  };
  store.listen(show);
  show();
  const rows = kinds.map(([name, text]) => h("li", { class: name }, text));
  return h("ul", { class: "legend", "aria-label": "Colours" }, ...rows, ...changes);
}
