/** What is tried in one environment alone. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNpy } from "../../compiler/cli/npy.js";
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

/** A network with other weights must not reproduce what was recorded of this one. */
export const recorded: Case = {
  title: "recorded outputs, by `tilewright/vitest`",
  async run({ project: { folder, run } }) {
    const at = (name: string): string => join(folder, "recorded", name);
    await mkdir(at("test_data_set_0"), { recursive: true });
    const model = await readFile(join(folder, "lenet5.onnx"));
    await writeFile(at("model.onnx"), model);
    const type = { dtype: "f32", dims: [1, 1, 28, 28] } as const;
    const data = Float32Array.from({ length: 28 * 28 }, (_, i) => (i % 28) / 28);
    await writeFile(at("test_data_set_0/input_0.npy"), writeNpy(type, data));
    await run("tilewright verify recorded --update");
    await run("npm test -- recorded.test.js");
    const middle = model.length >> 1;
    await writeFile(at("model.onnx"), model.fill(0, middle, middle + 4000));
    const said = await run("npm test -- recorded.test.js 2>&1 || true");
    if (!said.includes("recorded: ")) throw new Error(`other weights passed: ${said}`);
    return [];
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
