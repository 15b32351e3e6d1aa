/** Makes elements. Texts become text nodes, whatever they hold: nothing of a model is ever read as markup. */
import type { Drawn } from "../drawing.js";

type Attribute = string | number | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | undefined;

/** `onclick` and kin are listeners; true is an attribute without a value, false and undefined none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svgNode({ tag, attributes, children }: Drawn): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  for (const child of children) element.append(typeof child === "string" ? child : svgNode(child));
  return element;
}

/** A name from a file, apart from what is beside it in whatever direction it is read. */
export function nameNode(text: string): HTMLElement {
  return h("bdi", {}, text);
}

/** A table with a row of headings; numbers stand right. */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Child[])[],
  numeric: readonly number[] = [],
): HTMLTableElement {
  const classOf = (i: number): string | undefined => (numeric.includes(i) ? "number" : undefined);
  return h(
    "table",
    {},
    h("caption", {}, caption),
    h(
      "thead",
      {},
      h("tr", {}, ...headings.map((one, i) => h("th", { scope: "col", class: classOf(i) }, one))),
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) =>
        h("tr", {}, ...row.map((cell, i) => h("td", { class: classOf(i) }, cell ?? ""))),
      ),
    ),
  );
}
