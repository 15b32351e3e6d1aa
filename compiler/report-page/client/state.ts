/** What the page shows, kept in its address, so that a link to a node of a view is one. */
import type { ReportData } from "../data.js";

export interface State {
  readonly tab: string;
  /** Position of a view. */
  readonly view: number;
  /** Name of a node or kernel, or empty. */
  readonly selected: string;
}

export interface Store {
  readonly state: State;
  set(change: Partial<State>): void;
  /** Called after every change, with what was before. */
  listen(listener: (state: State, before: State) => void): void;
}

export function openStore(data: ReportData, tabs: readonly string[]): Store {
  const listeners: ((state: State, before: State) => void)[] = [];
  let state = fromHash(data, tabs);
  const store: Store = {
    get state() {
      return state;
    },
    set(change) {
      const before = state;
      state = { ...state, ...change };
      const { tab, view, selected } = state;
      const parts = [tab, data.views[view]!.name, selected].map(encodeURIComponent);
      // Where a page may not have a history, as within some frames, it does without.
      try {
        history.replaceState(null, "", `#${parts.join("/")}`);
      } catch {
        // Nothing is lost but the address.
      }
      for (const listener of listeners) listener(state, before);
    },
    listen: (listener) => void listeners.push(listener),
  };
  window.addEventListener("hashchange", () => store.set(fromHash(data, tabs)));
  return store;
}

function fromHash({ views }: ReportData, tabs: readonly string[]): State {
  const [tab = "", name = "", selected = ""] = location.hash.slice(1).split("/").map(decoded);
  const typed = views.findIndex(({ kind }) => kind === "graph");
  const view = views.findIndex((one) => one.name === name);
  return {
    tab: tabs.includes(tab) ? tab : tabs[0]!,
    view: view < 0 ? typed : view,
    selected,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
