/** The environments that are tried, each in a project made from the template of its name. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as cases from "./cases.js";
import type { Case, Way } from "./cases.js";

export interface Environment {
  /** The folder of its template. */
  readonly name: string;
  readonly title: string;
  /** The package whose version says what was tried; without one it is Node itself. */
  readonly tool?: string;
  /** Is part of `--light`. */
  readonly light?: boolean;
  /** Wants a Node newer than the oldest that we support. */
  readonly newestNode?: boolean;
  readonly cases: readonly Case[];
}

const { TS, TS_FILE, TS_SOURCE, WASM, WASM_FILES, WASM_SOURCE, STANDALONE, CJS, CJS_TS } = cases;

const VITE = { files: ["main.js", "worker.js"], pages: ["index.html", "worker.html"] };
const viteDev = (way: Way): Case =>
  cases.servedPage("dev server", way, "npm run dev -- --port $PORT --strictPort --host 127.0.0.1", {
    ...VITE,
    pages: VITE.pages.map((page) => `sub/${page}`),
  });

/** What finds and emits files that a module names by `new URL(…, import.meta.url)`. */
const WITH_ASSETS = [TS, WASM_FILES].map((way) => cases.builtPage(way));
/** What does not: without a plugin weights and code lie in the module. */
const WITHOUT_ASSETS = [TS, WASM].map((way) => cases.builtPage(way));

const node = (line: string): readonly Case[] =>
  [TS, TS_FILE, WASM, WASM_FILES, STANDALONE].map((way) => cases.program("program", way, line));

const jest: Case = {
  title: `test, ${CJS.title}`,
  async run(at) {
    await cases.prepare(at, CJS, ["lenet5.test.js"]);
    await at.project.run("npm test");
    return [await readFile(join(at.project.folder, "logits.json"), "utf8")];
  },
};

const omitDev: Case = {
  title: "program after `npm prune --omit=dev`, alone in one file",
  async run(at) {
    await cases.prepare(at, STANDALONE, ["main.js"]);
    await at.project.run("npm prune --omit=dev --no-audit --no-fund");
    return [await at.project.run("node main.js")];
  },
};

const tarball: Case = {
  title: "publint and attw find nothing",
  async run({ project, tarball }) {
    await project.run(`publint run "${tarball}" --strict`);
    // The compiler is for ESM alone; Node's require takes it from 20.19 on.
    const options = "--profile node16 --ignore-rules cjs-resolves-to-esm --no-emoji";
    await project.run(`attw "${tarball}" ${options}`);
    return [];
  },
};

export const environments: readonly Environment[] = [
  {
    name: "package",
    title: "The tarball",
    tool: "publint",
    light: true,
    cases: [tarball],
  },
  {
    name: "vite",
    title: "Vite",
    tool: "vite",
    light: true,
    cases: [
      ...[TS_SOURCE, WASM_SOURCE].map(viteDev),
      ...[TS, TS_SOURCE, WASM_SOURCE].map((way) => cases.builtPage(way, VITE)),
    ],
  },
  { name: "webpack", title: "webpack", tool: "webpack", light: true, cases: WITH_ASSETS },
  { name: "rollup", title: "Rollup", tool: "rollup", light: true, cases: WITHOUT_ASSETS },
  { name: "esbuild", title: "esbuild", tool: "esbuild", light: true, cases: WITHOUT_ASSETS },
  { name: "rspack", title: "Rspack", tool: "@rspack/core", cases: WITH_ASSETS },
  { name: "parcel", title: "Parcel", tool: "parcel", cases: WITH_ASSETS },
  {
    name: "node",
    title: "Node, ESM",
    light: true,
    cases: [...node("node main.js"), omitDev],
  },
  {
    name: "commonjs",
    title: "Node, CommonJS",
    light: true,
    cases: [CJS, CJS_TS].map((way) => cases.program("require", way, "node main.js")),
  },
  { name: "jest", title: "Jest", tool: "jest", light: true, cases: [jest] },
  {
    name: "ts-node",
    title: "ts-node",
    tool: "ts-node",
    light: true,
    cases: [cases.program("program", CJS, "ts-node main.ts", "main.ts")],
  },
  {
    name: "bun",
    title: "Bun",
    tool: "bun",
    cases: [
      ...[TS_SOURCE, WASM_SOURCE].map((way) =>
        cases.program("program", way, "bun server.js", "server.js"),
      ),
      ...WITHOUT_ASSETS,
    ],
  },
];
