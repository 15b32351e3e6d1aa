/** Pages of reports in a browser: nothing is asked for or complained of, every part is reached by keyboard, and axe finds nothing. */
import { readFileSync, statSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { encode } from "fast-png";
import { readNpy } from "../../compiler/frontend/weights/npy.js";
import { HOSTILE } from "../report-page/models.js";
import type { Page } from "./browser.js";
import { withPage, type At, type Case } from "./cases.js";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Report {
  readonly title: string;
  readonly model: string;
  readonly options?: string;
  /** Of the page, without a sample. */
  readonly bytes?: number;
}

const REPORTS: readonly Report[] = [
  {
    title: "LeNet-5 with a digit",
    model: "lenet5.onnx",
    options: "--input digit.png --timings bench.json",
  },
  { title: "AlexNet", model: "alexnet.ts" },
  { title: "ResNet-50", model: "resnet50.ts" },
  { title: "DenseNet-121", model: "densenet121.ts", bytes: 3 * 2 ** 20 },
  { title: "U-Net", model: "unet.ts" },
  { title: "M5", model: "m5.ts" },
  { title: "R3D-18", model: "r3d18.ts" },
  { title: "names that are hostile", model: "hostile.tw" },
];

/** Milliseconds from opening a page until it can be used. */
const READY = 2000;

export const reports: readonly Case[] = REPORTS.map((report): Case => ({
  title: `report of ${report.title}`,
  inBrowser: true,
  async run(at) {
    await prepareModels(at);
    const { model, options = "", bytes = Infinity } = report;
    const { folder, run } = at.project;
    if (options.includes("bench.json"))
      await run(`tilewright bench ${model} --target wasm --json > bench.json`);
    await run(
      `tilewright report ${model} --target wasm --budget seconds=600 --out-file page.html --force ${options}`,
    );
    const path = join(folder, "page.html");
    const { size } = statSync(path);
    if (size > bytes) throw new Error(`the page has ${size} bytes, and ${bytes} at most`);
    await withPage(at, pathToFileURL(path).href, checkPage);
    return [];
  },
}));

async function prepareModels({ project: { folder } }: At): Promise<void> {
  const models = REPORTS.map(({ model }) => model).filter((model) => model.endsWith(".ts"));
  for (const file of [...models, "layers.ts", "options.ts", "resnet.ts"])
    await cp(join(EXAMPLES, file), join(folder, file));
  const digits = readNpy(readFileSync(join(EXAMPLES, "lenet5/images.npy"))).data;
  const data = Uint8Array.from(digits.subarray(0, 784) as Float32Array);
  await writeFile(join(folder, "digit.png"), encode({ width: 28, height: 28, channels: 1, data }));
  await writeFile(join(folder, "hostile.tw"), HOSTILE);
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`);
}

/** Throws with what is wrong. */
export async function checkPage(page: Page): Promise<void> {
  const ready = Number(await page.text("document.documentElement.dataset.ready"));
  if (!(ready <= READY)) throw new Error(`ready after ${ready} ms, expected ${READY} at most`);
  await page.show(1280, 800, false);
  await page.evaluate(axe);
  const tabs = (await page.evaluate(
    `[...document.querySelectorAll('[role=tab]')].map((tab) => tab.id)`,
  )) as string[];
  await pressUntil(page, "Tab", `document.activeElement.role === "tab"`);
  for (const [i, tab] of tabs.entries()) {
    expectSame("the tab that has the focus", await page.evaluate("document.activeElement.id"), tab);
    expectSame(
      "panels that are seen",
      await page.evaluate(
        `[...document.querySelectorAll('[role=tabpanel]')].filter((one) => !one.hidden && one.innerText.length > 20).map((one) => one.id)`,
      ),
      [tab.replace("tab-", "panel-")],
    );
    await checkAccess(page, tab, OTHERS);
    await checkColours(page, tab);
    for (const width of [400, 1280]) {
      await page.show(width, 800, false);
      const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      if ((wide as number) > 0)
        throw new Error(`${tab} is ${String(wide)} pixels wider than a window of ${width}`);
    }
    if (i === 0) await checkGraph(page);
    if (tab === "tab-maps") await checkField(page);
    await page.press("ArrowRight");
  }
  expectSame("complaints", page.complaints, []);
  expectSame("requests", page.requests.filter((url) => !url.startsWith("data:")).length, 1);
  expectSame(
    "the title",
    await page.evaluate(`document.title.startsWith("Tilewright report of ")`),
    true,
  );
}

const CONTRAST = `runOnly: ["color-contrast"]`;
const OTHERS = `rules: { "color-contrast": { enabled: false } }`;
/** Of long lists the end: colours of their rows are alike. */
const LONG = `tbody tr:nth-child(n + 12), li:nth-child(n + 12), g.item:nth-child(n + 30), .gantt rect:nth-of-type(n + 30)`;

async function checkAccess(page: Page, where: string, rules: string): Promise<void> {
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"], ${rules} }).then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map((one) => one.target.join(" ") + " " + one.failureSummary).join("; ")))`,
  )) as string[];
  if (found.length > 0) throw new Error(`${where}: ${found.join("\n")}`);
}

/** Whether colours are apart enough, light and dark. */
async function checkColours(page: Page, where: string): Promise<void> {
  // What is there takes its time, seen or not.
  const others = `[...document.querySelectorAll("[role=tabpanel][hidden] > *, ${LONG}")]`;
  await page.evaluate(
    `void (window.taken = ${others}.map((one) => { const mark = document.createComment(""); one.replaceWith(mark); return [mark, one]; }))`,
  );
  for (const dark of [true, false]) {
    await page.show(1280, 800, dark);
    await checkAccess(page, `${where}, ${dark ? "dark" : "light"}`, CONTRAST);
  }
  await page.evaluate(`for (const [mark, one] of window.taken.reverse()) mark.replaceWith(one)`);
}

async function pressUntil(page: Page, key: string, condition: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if ((await page.evaluate(condition)) === true) return;
    await page.press(key);
  }
  throw new Error(`${key} does not lead to ${condition}`);
}

/** What a position of a layer's map sees, by keys and by pointing; the focus is on its tab, before and after. */
async function checkField(page: Page): Promise<void> {
  const said = `[...document.querySelectorAll("#panel-maps .field figcaption")].map((one) => one.innerText).join(" ")`;
  await pressUntil(page, "Tab", `document.activeElement.type === "number"`);
  const middle = await page.evaluate(said);
  await page.press("ArrowDown");
  const next = await page.evaluate(said);
  if (next === middle) throw new Error(`keys do not lead to another position: ${String(next)}`);
  const corner = `(() => { const map = document.querySelector("#panel-maps .points"); const { left, top } = map.getBoundingClientRect(); map.dispatchEvent(new PointerEvent("pointermove", { clientX: left, clientY: top })); })()`;
  await page.evaluate(corner);
  const first = await page.evaluate(said);
  if (first === next)
    throw new Error(`pointing does not lead to another position: ${String(first)}`);
  await page.evaluate(`document.querySelector("[role=tab][aria-selected=true]").focus()`);
}

/** Views, search and items by keyboard alone; the focus is on the first tab, before and after. */
async function checkGraph(page: Page): Promise<void> {
  const heading = `document.querySelector(".details h2").innerText`;
  await pressUntil(page, "Tab", `document.activeElement.role === "radio"`);
  const views = (await page.evaluate(`document.querySelectorAll("[role=radio]").length`)) as number;
  for (let i = 0; i < views; i++) await page.press("ArrowLeft");
  const seen = new Set<unknown>();
  for (let i = 0; i < views; i++) {
    seen.add(await page.evaluate(heading));
    await page.press("ArrowRight");
  }
  expectSame("views that arrow keys lead to", seen.size, views);
  await pressUntil(page, "Tab", `document.activeElement.type === "search"`);
  for (const key of "relu") await page.press(key);
  const before = await page.evaluate(heading);
  await page.press("Enter");
  if ((await page.evaluate(heading)) === before) throw new Error("search does not select");
  await page.press("Escape");
  await pressUntil(page, "Tab", `document.activeElement.closest("[data-item]") !== null`);
  const item = `document.activeElement.getAttribute("aria-label")`;
  const first = await page.evaluate(item);
  await page.press("ArrowDown");
  if ((await page.evaluate(item)) === first) throw new Error("arrow keys lead to no item");
  await page.press("Enter");
  expectSame(
    "Enter leads to details",
    await page.evaluate(`document.activeElement.className`),
    "details",
  );
  await page.evaluate(`document.querySelector("[role=tab][aria-selected=true]").focus()`);
}
