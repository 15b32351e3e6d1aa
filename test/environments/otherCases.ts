/** What is tried in one environment alone. */
import { prepare, shown, type Case } from "./cases.js";
import { policy, serveSite } from "./site.js";
import { STANDALONE } from "./ways.js";

export const omitDev: Case = {
  title: "program after `npm prune --omit=dev`, alone in one file",
  async run(at) {
    await prepare(at, STANDALONE, ["main.js"]);
    await at.project.run("npm prune --omit=dev --no-audit --no-fund");
    return [await at.project.run("node main.js")];
  },
};

/** Files as they are, as a page and as an extension, whose policy is its manifest's. */
export const unbundled: Case = {
  title: `page and worker without a bundler, ${STANDALONE.title}`,
  inBrowser: true,
  async run(at) {
    await prepare(at, STANDALONE, ["main.js", "worker.js"]);
    return serveSite(at.project.folder, { csp: policy(true) }, async (address) => [
      await shown(at.browser, address),
      await shown(at.browser, `${address}worker.html`),
    ]);
  },
};

export const extension: Case = {
  title: `its page, ${STANDALONE.title}`,
  inBrowser: true,
  async run(at) {
    await prepare(at, STANDALONE, ["main.js"]);
    const id = await at.browser.loadExtension(at.project.folder);
    return [await shown(at.browser, `chrome-extension://${id}/index.html`)];
  },
};

export const types: Case = {
  title: "`tsc` after `tilewright types`: names are checked",
  async run({ project }) {
    await project.run("tilewright types main.ts && tsc");
    await project.edit("main.ts", /\{ logits \}/, "{ logit: logits }");
    const said = await project.run("tsc || true");
    if (!said.includes("'logit' does not exist"))
      throw new Error(`tsc let a wrong name be: ${said}`);
    return [];
  },
};
