/** The page of a report: its head, its tabs, and which of them is seen. */
import type { ReportData } from "../data.js";
import { byteText, grouped, rounded, shown } from "../text.js";
import { h, nameNode } from "./dom.js";
import { graphTab } from "./graphTab.js";
import { keepLive } from "./live.js";
import { layersTab } from "./layersTab.js";
import { mapsTab } from "./mapsTab.js";
import { memoryTab } from "./memoryTab.js";
import { timeTab } from "./timeTab.js";
import { numbersTab } from "./numbersTab.js";
import { openStore, type Store } from "./state.js";

interface Tab {
  readonly id: string;
  readonly title: string;
  open(data: ReportData, store: Store): HTMLElement;
}

const TABS: readonly Tab[] = [
  { id: "graph", title: "Graph", open: graphTab },
  { id: "layers", title: "Layers", open: layersTab },
  { id: "memory", title: "Memory", open: memoryTab },
  { id: "time", title: "Time", open: timeTab },
  { id: "maps", title: "Filters and maps", open: mapsTab },
  { id: "numbers", title: "Numbers", open: numbersTab },
];

function start(): void {
  const element = document.getElementById("data")!;
  const data = JSON.parse(element.textContent!) as ReportData | null;
  const version = element.dataset["live"];
  const banner = keepLive(version === undefined ? undefined : Number(version));
  if (data === null)
    return document.body.replaceChildren(
      banner,
      h("p", { class: "page", role: "status" }, "Waiting for a model that compiles …"),
    );
  const tabs = TABS;
  const store = openStore(
    data,
    tabs.map(({ id }) => id),
  );
  const panels = new Map(tabs.map((tab) => [tab.id, newPanel(tab)]));
  const buttons = tabs.map(({ id, title }) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${id}`,
        "aria-controls": `panel-${id}`,
        onclick: () => store.set({ tab: id }),
      },
      title,
    ),
  );
  const show = (): void => {
    const { tab } = store.state;
    tabs.forEach(({ id, open }, i) => {
      const [isHere, panel] = [id === tab, panels.get(id)!];
      buttons[i]!.setAttribute("aria-selected", String(isHere));
      buttons[i]!.setAttribute("tabindex", isHere ? "0" : "-1");
      panel.hidden = !isHere;
      // Made when it is first seen.
      if (isHere && panel.childElementCount === 0) panel.append(open(data, store));
    });
  };
  const list = h("div", { role: "tablist", "aria-label": "Parts of the report" }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(({ id }) => id === store.state.tab);
    const next = (at + by + tabs.length) % tabs.length;
    store.set({ tab: tabs[next]!.id });
    buttons[next]!.focus();
  });
  document.body.replaceChildren(
    banner,
    h("header", {}, titleOf(data), list, themeButton()),
    h("main", {}, ...panels.values()),
  );
  show();
  store.listen(show);
  // Milliseconds since it was opened.
  document.documentElement.dataset["ready"] = String(Math.round(performance.now()));
}

function newPanel({ id }: Tab): HTMLElement {
  const label = { role: "tabpanel", "aria-labelledby": `tab-${id}` };
  return h("section", { id: `panel-${id}`, tabindex: 0, hidden: true, ...label });
}

function titleOf({
  model,
  totals,
  target,
  threads,
  untrained,
  kernels,
  warnings,
}: ReportData): HTMLElement {
  const facts: readonly (readonly [string, string])[] = [
    ["parameters", rounded(totals.parameters)],
    ["multiply-adds", rounded(totals.multiplyAdds)],
    ["kernels", grouped(kernels.length)],
    ["memory", byteText(totals.arenaBytes)],
    ["files", byteText(totals.files.reduce((sum, { bytes }) => sum + bytes, 0))],
    ["target", target],
    ...(threads === undefined
      ? []
      : [["threads", `share ${threads.shared} kernels in ${threads.phases} phases`] as const]),
  ];
  const warned = [
    ...(untrained.length === 0
      ? []
      : [`${untrained.length} parameters are random: nobody gave them values`]),
    ...warnings,
  ];
  return h(
    "div",
    { class: "title" },
    h("h1", {}, nameNode(shown(model, 80))),
    h(
      "dl",
      { class: "facts" },
      ...facts.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value))),
    ),
    ...(warned.length === 0
      ? []
      : [
          h(
            "details",
            { class: "warnings" },
            h("summary", {}, warned.length === 1 ? "1 warning" : `${warned.length} warnings`),
            h("ul", {}, ...warned.map((one) => h("li", {}, nameNode(shown(one, 400))))),
          ),
        ]),
  );
}

/** Light, dark, or as the system has it. */
function themeButton(): HTMLElement {
  const root = document.documentElement;
  const isDark = (): boolean =>
    root.dataset["theme"] === undefined
      ? matchMedia("(prefers-color-scheme: dark)").matches
      : root.dataset["theme"] === "dark";
  return h(
    "button",
    {
      type: "button",
      class: "theme",
      title: "Light or dark",
      "aria-label": "Light or dark",
      onclick: () => (root.dataset["theme"] = isDark() ? "light" : "dark"),
    },
    "◐",
  );
}

start();
