/** Keeps a page that is served up to date: it loads a newer one, and shows what keeps the model from compiling. */
import { shown } from "../text.js";
import { h, nameNode } from "./dom.js";

interface News {
  readonly version: number;
  readonly problems: readonly string[];
}

/** `version`: of this page; undefined on one that is a file. */
export function keepLive(version: number | undefined): HTMLElement {
  const banner = h("div", { class: "problems", role: "alert", hidden: true });
  if (version === undefined) return banner;
  const source = new EventSource("/events");
  source.addEventListener("message", ({ data }) => {
    const { version: newest, problems } = JSON.parse(String(data)) as News;
    if (newest !== version) return location.reload();
    banner.hidden = problems.length === 0;
    banner.replaceChildren(
      h("b", {}, problems.length === 1 ? "1 problem" : `${problems.length} problems`),
      " keep the model from compiling; this is what it was before.",
      h("ul", {}, ...problems.map((one) => h("li", {}, nameNode(shown(one, 600))))),
    );
  });
  source.addEventListener("error", () => {
    banner.hidden = false;
    banner.replaceChildren("The command that served this page has ended.");
  });
  source.addEventListener("open", () => (banner.hidden = true));
  return banner;
}
