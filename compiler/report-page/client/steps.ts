/** The views in order, as steps that are walked along: from the definition through the passes to the program. */
import type { ReportData, ViewData } from "../data.js";
import { h } from "./dom.js";
import type { Store } from "./state.js";

export function newSteps(data: ReportData, store: Store): HTMLElement {
  const buttons = data.views.map((view, i) =>
    h(
      "button",
      {
        type: "button",
        role: "radio",
        class: view.same === true ? "step same" : "step",
        title: sayOf(view),
        onclick: () => store.set({ view: i }),
      },
      view.name,
      ...countOf(view),
    ),
  );
  const show = (): void =>
    buttons.forEach((button, i) => {
      const isHere = i === store.state.view;
      button.setAttribute("aria-checked", String(isHere));
      button.setAttribute("tabindex", isHere ? "0" : "-1");
      if (isHere) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  store.listen(show);
  show();
  const group = h("div", { class: "steps", role: "radiogroup", "aria-label": "View" }, ...buttons);
  group.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.min(buttons.length - 1, Math.max(0, store.state.view + by));
    store.set({ view: next });
    buttons[next]!.focus();
  });
  return group;
}

function countOf({ kind, fired, boxes }: ViewData): HTMLElement[] {
  const count = kind === "program" ? boxes!.length : (fired?.length ?? 0);
  return count === 0 ? [] : [h("span", { class: "count" }, String(count))];
}

function sayOf({ name, kind, fired, same, boxes }: ViewData): string {
  if (kind === "definition") return "The model as its author wrote it";
  if (kind === "program") return `After ${name}: ${boxes!.length} kernels and copies`;
  if (same === true) return `After ${name}: nothing changed`;
  return fired === undefined ? `After ${name}` : `After ${name}: rules fired ${fired.length} times`;
}
