/** Finds layers by name, op and shape. */
import type { NodeData, ReportData } from "../data.js";
import { nodesOf, shapeText } from "../items.js";
import { shown } from "../text.js";
import { h, nameNode } from "./dom.js";
import type { Store } from "./state.js";

const MOST = 50;

export function newSearch(data: ReportData, store: Store): HTMLElement {
  const list = h("ul", { role: "listbox", id: "found", "aria-label": "Found", hidden: true });
  const input = h("input", {
    type: "search",
    placeholder: "Name, op or shape",
    "aria-label": "Search by name, op or shape",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-autocomplete": "list",
    spellcheck: "false",
  });
  const status = h("span", { class: "quiet", role: "status" });
  let found: readonly NodeData[] = [];
  let at = -1;
  const close = (): void => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (): void => {
    Array.from(list.children).forEach((row, i) =>
      row.setAttribute("aria-selected", String(i === at)),
    );
    if (at < 0) return;
    input.setAttribute("aria-activedescendant", `found-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const choose = (i: number): void => {
    const node = found[i];
    if (node === undefined) return;
    close();
    store.set({ selected: node.name });
  };
  const look = (): void => {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    found = words[0] === "" ? [] : findNodes(data, store, words);
    at = found.length > 0 ? 0 : -1;
    list.replaceChildren(
      ...found
        .slice(0, MOST)
        .map((node, i) =>
          h(
            "li",
            { role: "option", id: `found-${i}`, onclick: () => choose(i) },
            nameNode(shown(node.name, 60)),
            h("span", { class: "quiet" }, ` ${shown(node.op, 30)} ${shapeText(node.dims)}`),
          ),
        ),
    );
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    status.textContent = words[0] === "" ? "" : `${found.length} found`;
    mark();
  };
  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && found.length > 0) {
      at = (at + by + Math.min(MOST, found.length)) % Math.min(MOST, found.length);
      mark();
    } else if (event.key === "Enter") choose(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  const box = h("div", { class: "search" }, input, status, list);
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget as Node | null)) setTimeout(close, 150);
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = (event.target as Element).matches("input, textarea, select");
    if (event.key !== "/" || isTyping || store.state.tab !== "graph") return;
    event.preventDefault();
    input.focus();
  });
  return box;
}

/** Those of which name, op and shape together have all the words. */
function findNodes(data: ReportData, store: Store, words: readonly string[]): NodeData[] {
  return nodesOf(data, data.views[store.state.view]!).filter((node) => {
    const text = `${node.name} ${node.op} ${shapeText(node.dims)} ${(node.dims ?? []).join(",")} ${(node.dims ?? []).join("x")}`;
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
}
