/** All layers as a table, as `summary` has them. */
import type { ReportData } from "../data.js";
import { grouped, shown } from "../text.js";
import { h, nameNode, table } from "./dom.js";
import type { Store } from "./state.js";

export function layersTab(data: ReportData, store: Store): HTMLElement {
  const typed = data.views.findIndex(({ kind }) => kind === "graph");
  const rows = data.layers.map(({ name, op, dims, parameters, multiplyAdds, receptiveFields }) => {
    const axes = receptiveFields[0]?.axes ?? [];
    const along = (of: (axis: (typeof axes)[number]) => number): string =>
      axes.map((axis) => Number(of(axis).toFixed(3))).join("×");
    const link = h(
      "button",
      {
        type: "button",
        class: "link",
        onclick: () => store.set({ tab: "graph", view: typed, selected: name }),
      },
      nameNode(shown(name, 60)),
    );
    return [
      link,
      shown(op, 30),
      dims.join("×"),
      grouped(parameters),
      grouped(multiplyAdds),
      along(({ size }) => size),
      along(({ stride }) => stride),
      along(({ start }) => start),
    ];
  });
  const headings = [
    "layer",
    "op",
    "shape",
    "parameters",
    "multiply-adds",
    "receptive field",
    "stride",
    "start",
  ];
  return h("div", { class: "page" }, table("Layers in order", headings, rows, [3, 4]));
}
