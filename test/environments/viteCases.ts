/** What Vite is tried for beyond a page: editing a model, a model that is wrong, a second start. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { builtPage, prepare, withPage, type At, type Case } from "./cases.js";
import type { Page } from "./browser.js";
import type { Project } from "./project.js";
import { PLUGIN_MODEL, PLUGIN_WASM, WASM_SOURCE, type Way } from "./ways.js";

/** Its template has two pages, of which one has a worker. */
export const VITE = { files: ["main.js", "worker.js"], pages: ["index.html", "worker.html"] };
export const DEV = "npm run dev -- --port $PORT --strictPort --host 127.0.0.1";

const MODEL = "digits.model.ts";
const LAST = /m\.fc2\(.*\)/;
const RIGHT = "m.fc2(relu(m.fc1(features)))";

/** Other weights in the same file, and then the same ones again, each of which the page has to show. */
async function changeWeights(page: Page, { folder }: Project, file: string): Promise<string> {
  const path = join(folder, file);
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  const before = await page.output();
  await writeFile(path, Buffer.from(bytes).fill(0, middle, middle + 4000));
  const other = await page.output(before);
  await writeFile(path, bytes);
  return page.output(other);
}

function editing(way: Way, file: string, edit?: typeof changeDefinition): Case {
  return {
    title: `editing ${file} updates the page, ${way.title}`,
    inBrowser: true,
    async run(at) {
      await prepare(at, way, ["main.js"]);
      const texts: string[] = [];
      await at.project.serve(DEV, (origin) =>
        withPage(at, `${origin}/sub/index.html`, async (page) => {
          texts.push(await page.output(), await (edit ?? changeWeights)(page, at.project, file));
        }),
      );
      return texts;
    },
  };
}

async function changeDefinition(page: Page, { edit }: Project): Promise<string> {
  const before = await page.output();
  await edit(MODEL, LAST, "m.fc2(m.fc1(features))");
  const other = await page.output(before);
  await edit(MODEL, LAST, RIGHT);
  return page.output(other);
}

/** The overlay has all problems, and goes when they are mended. */
const overlay: Case = {
  title: "a model that does not compile is told of in the overlay",
  inBrowser: true,
  async run(at) {
    const { project } = at;
    await prepare(at, PLUGIN_MODEL, ["main.js"]);
    const texts: string[] = [];
    await project.serve(DEV, (origin) =>
      withPage(at, `${origin}/sub/index.html`, async (page) => {
        const before = await page.output();
        await project.edit(MODEL, /inFeatures: 84/, "inFeatures: 83");
        const text = await page.text(OVERLAY);
        if (!/fc2/.test(text)) throw new Error(`the overlay has: ${text}`);
        await project.edit(MODEL, /inFeatures: 83/, "inFeatures: 84");
        texts.push(before, await page.output());
      }),
    );
    return texts;
  },
};

const OVERLAY = `document.querySelector("vite-error-overlay")?.shadowRoot.textContent`;

const STARTS = 3;
const CACHE = "node_modules/.cache/tilewright";

/** From the command to the page's module and its model, in ms. */
async function startTime({ serve }: Project): Promise<number> {
  const start = performance.now();
  await serve(DEV, async (origin) => {
    const main = await (await fetch(`${origin}/sub/main.js`)).text();
    const [, model] = /"([^"]*lenet5\.[^"]*)"/.exec(main)!;
    const response = await fetch(new URL(model!, origin));
    if (!response.ok || !(await response.text()).includes("export")) throw new Error("no model");
  });
  return performance.now() - start;
}

/** The fastest of some starts with an empty cache, with a warm one, and without the plugin. */
async function startTimes(at: At): Promise<Readonly<Record<"cold" | "warm" | "without", number>>> {
  const { project } = at;
  const times = { cold: Infinity, warm: Infinity, without: Infinity };
  const measure = async (kind: keyof typeof times): Promise<void> => {
    times[kind] = Math.min(times[kind], await startTime(project));
  };
  await prepare(at, PLUGIN_WASM, ["main.js"]);
  for (let i = 0; i < STARTS; i++) {
    await rm(join(project.folder, CACHE), { recursive: true, force: true });
    await measure("cold");
    await measure("warm");
  }
  await prepare(at, WASM_SOURCE, ["main.js"]);
  await project.edit("vite.config.js", /tilewright\(\)/, "");
  await project.edit("vite.config.js", /import .*tilewright.*/, "");
  for (let i = 0; i < STARTS; i++) await measure("without");
  return times;
}

const secondStart: Case = {
  title: "a start with a warm cache is less than half as much later as one without a cache",
  async run(at) {
    const { cold, warm, without } = await startTimes(at);
    const [much, little] = [cold - without, warm - without].map(Math.round);
    console.log(`    ${Math.round(without)} ms, cold ${much} ms more, warm ${little} ms more`);
    if (little! > much! / 2) throw new Error(`${little} of ${much} ms`);
    return [];
  },
};

/** Files that Vite would put into `data:` addresses, which a policy forbids. */
const small: Case = {
  title: "page, small files under a policy without `data:`, plugin, WebAssembly",
  inBrowser: true,
  async run(at) {
    await at.project.edit("vite.config.js", /build: \{/, "build: { assetsInlineLimit: 1e6,");
    const texts = await builtPage(PLUGIN_WASM, VITE).run(at);
    await at.project.edit("vite.config.js", / assetsInlineLimit: 1e6,/, "");
    return texts;
  },
};

export const plugin: readonly Case[] = [
  small,
  editing(PLUGIN_MODEL, "digits.model.ts", changeDefinition),
  editing(PLUGIN_MODEL, "lenet5.safetensors"),
  editing(PLUGIN_WASM, "lenet5.onnx"),
  overlay,
  secondStart,
];
