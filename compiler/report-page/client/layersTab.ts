/** All layers as a table, as `summary` has them. */
import { SUMMARY_COLUMNS } from "../../analysis/summaryTable.js";
import type { ReportData } from "../data.js";
import { shown } from "../text.js";
import { h, nameNode, table } from "./dom.js";
import type { Store } from "./state.js";

export function layersTab(data: ReportData, store: Store): HTMLElement {
  const typed = data.views.findIndex(({ kind }) => kind === "graph");
  const rows = data.layers.map((layer) => {
    const [name, ...cells] = SUMMARY_COLUMNS.map(({ textOf }) => shown(textOf(layer), 60));
    const link = h(
      "button",
      {
        type: "button",
        class: "link",
        onclick: () => store.set({ tab: "graph", view: typed, selected: layer.name }),
      },
      nameNode(name!),
    );
    return [link, ...cells];
  });
  const headings = SUMMARY_COLUMNS.map(({ title }) => title);
  const numeric = SUMMARY_COLUMNS.flatMap((column, i) => (column.numeric === true ? [i] : []));
  return h("div", { class: "page" }, table("Layers in order", headings, rows, numeric));
}
