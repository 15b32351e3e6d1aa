/** `npm run environments`: tries what `npm pack` makes in fresh projects, with the tools that applications use. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { fileURLToPath } from "node:url";
import { findChromium } from "../engines/engines.js";
import { pack } from "../package/folder.js";
import { startBrowser, type Browser } from "./browser.js";
import type { At, Case } from "./cases.js";
import { checkDigits, writeShared } from "./digits.js";
import { environments, type Environment } from "./environments.js";
import * as projects from "./project.js";
import { record, type Row } from "./record.js";

const DOCS = fileURLToPath(new URL("../../docs/environments.md", import.meta.url));

const { values } = parseArgs({
  options: {
    light: { type: "boolean", default: false },
    only: { type: "string" },
    record: { type: "boolean", default: false },
  },
});

const only = values.only?.split(",");
const unknown = only?.filter((name) => environments.every((one) => one.name !== name)) ?? [];
if (unknown.length > 0) throw new Error(`there is no environment ${unknown.join(", ")}`);
const wanted = environments.filter(
  ({ name, light }) => (only?.includes(name) ?? true) && (light === true || !values.light),
);

const rows: Row[] = [];
function tell(row: Row, ms: number): void {
  rows.push(row);
  const mark = row.skipped ? "SKIPPED" : row.failure === undefined ? "ok" : "FAILED";
  const details =
    row.failure === undefined ? "" : `\n    ${row.failure.replaceAll("\n", "\n    ")}`;
  console.log(`${mark} ${row.title} ${row.version}: ${row.case} (${ms} ms)${details}`);
}

const shared = await projects.temporaryFolder("shared");
const chromium = findChromium();
let browser: Browser | undefined;
const nodes = new Map<string, string>();

/** The command, and what a tool says first and last. */
function shortened(text: string): string {
  const lines = text.split("\n").filter((line) => !/^\s*(at .*)?$/.test(line));
  return lines.length <= 24
    ? lines.join("\n")
    : [...lines.slice(0, 14), "…", ...lines.slice(-8)].join("\n");
}

async function tryCase(at: Omit<At, "browser">, one: Case): Promise<Partial<Row>> {
  if (one.inBrowser === true && browser === undefined)
    return { skipped: true, failure: "no Chromium on the PATH" };
  try {
    for (const text of await one.run({ ...at, browser: browser! })) checkDigits(text);
    return {};
  } catch (error) {
    return { failure: shortened(error instanceof Error ? error.message : String(error)) };
  }
}

async function nodeOf(version: string): Promise<string> {
  const folder = nodes.get(version) ?? (await projects.installNode(version));
  nodes.set(version, folder);
  return folder;
}

/** Of the tool, or of what runs all cases by itself. */
async function versionOf({ tool, cases }: Environment, project: projects.Project): Promise<string> {
  if (tool !== undefined) return project.version(tool);
  if (browser !== undefined && cases.every((one) => one.inBrowser)) return browser.version;
  return (await project.run("node --version")).trim().slice(1);
}

async function tryEnvironment(one: Environment, tarball: string): Promise<void> {
  const start = Date.now();
  let project: projects.Project;
  const row = { name: one.name, title: one.title, version: "", case: "install", skipped: false };
  try {
    const node = one.node === undefined ? undefined : await nodeOf(one.node);
    project = await projects.createProject(one.template ?? one.name, shared, tarball, node);
  } catch (error) {
    const skipped = error instanceof projects.Offline;
    return tell({ ...row, skipped, failure: String(error) }, Date.now() - start);
  }
  const version = await versionOf(one, project);
  console.log(`${one.title} ${version}: installed in ${Date.now() - start} ms`);
  for (const each of one.cases) {
    const start = Date.now();
    const result = await tryCase({ project }, each);
    tell({ ...row, version, case: each.title, ...result }, Date.now() - start);
  }
}

try {
  await writeShared(shared);
  if (chromium !== undefined) browser = await startBrowser(chromium);
  const tarball = pack(await projects.temporaryFolder("package"));
  for (const one of wanted) await tryEnvironment(one, tarball);
} finally {
  await browser?.close();
  await projects.removeFolders();
}

if (values.record) {
  const titles = environments.map(({ title }) => title);
  const page = record(await readFile(DOCS, "utf8"), rows, titles);
  await writeFile(DOCS, await format(page, { ...(await resolveConfig(DOCS)), parser: "markdown" }));
}
const skipped = rows.filter((row) => row.skipped).length;
const failed = rows.filter((row) => row.failure !== undefined).length - skipped;
if (skipped > 0) console.log(`${skipped} CASES OR ENVIRONMENTS WERE SKIPPED`);
console.log(`${rows.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0) process.exitCode = 1;
