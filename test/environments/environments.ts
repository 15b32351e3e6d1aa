/** The environments that are tried, each in a project made from the template of its name. */
import { NODE_24 } from "../engines/engines.js";
import * as cases from "./cases.js";
import type { Case } from "./cases.js";
import { example } from "./exampleCases.js";
import { DEV, plugin, VITE } from "./viteCases.js";
import { extension, omitDev, recorded, types, unbundled } from "./otherCases.js";
import { reports } from "./reportCases.js";
import * as threads from "./threadCases.js";
import type { Way } from "./ways.js";
import {
  TS,
  WASM_FILES,
  PLUGIN,
  WASM,
  TS_FILE,
  STANDALONE,
  ONE_FILE,
  TS_SOURCE,
  WASM_SOURCE,
  CJS,
  CJS_TS,
  PLUGIN_TS,
  PLUGIN_WASM,
  PLUGIN_MODEL,
  TYPED,
} from "./ways.js";

export interface Environment {
  /** What `--only` calls it. */
  readonly name: string;
  /** The folder of its template, where it is not called as the environment. */
  readonly template?: string;
  readonly title: string;
  /** The package whose version says what was tried; without one it is Node itself. */
  readonly tool?: string;
  /** Is part of `--light`. */
  readonly light?: boolean;
  /** The version of Node that runs it, where that is not the one that runs this. */
  readonly node?: string;
  readonly cases: readonly Case[];
}

/** For tools, too, that want a Node newer than the oldest that we support. */
const NEWEST_NODE = "26.12.1";

const viteDev = (way: Way): Case =>
  cases.servedPage("dev server", way, DEV, {
    ...VITE,
    pages: VITE.pages.map((page) => `sub/${page}`),
  });

/** What finds and emits files that a module names by `new URL(…, import.meta.url)`. */
const WITH_ASSETS = [WASM_FILES, PLUGIN_TS, PLUGIN_WASM, PLUGIN_MODEL].map((way) =>
  cases.builtPage(way),
);
/** What does not: without a plugin weights and code lie in the module. */
const WITHOUT_ASSETS = [WASM, PLUGIN_TS, PLUGIN_WASM, PLUGIN_MODEL].map((way) =>
  cases.builtPage(way),
);

const served = cases.servedPage;
const NEXT = "npm run build && npm start -- --port $PORT --hostname 127.0.0.1";
const NEXT_PAGES = { files: ["app/page.jsx", "app/client/page.jsx"], pages: ["", "client"] };
const nextFiles: Case = served("client component", WASM_FILES, NEXT, {
  ...NEXT_PAGES,
  pages: ["client"],
});
const WRANGLER = "wrangler dev --ip 127.0.0.1 --port $PORT";

const node = (line: string): readonly Case[] =>
  [TS, TS_FILE, WASM, WASM_FILES, STANDALONE].map((way) => cases.program("program", way, line));

export const environments: readonly Environment[] = [
  {
    name: "vite",
    title: "Vite",
    tool: "vite",
    light: true,
    cases: [
      ...[WASM_SOURCE, PLUGIN_TS, PLUGIN_WASM].map(viteDev),
      ...[TS_SOURCE, WASM_SOURCE, ...PLUGIN].map((way) => cases.builtPage(way, VITE)),
      ...threads.vite,
      ...plugin,
    ],
  },
  { name: "web", title: "Vite, examples/web", tool: "vite", light: true, cases: example },
  {
    name: "webpack",
    title: "webpack",
    tool: "webpack",
    light: true,
    cases: [...WITH_ASSETS, ...threads.webpack],
  },
  {
    name: "rollup",
    title: "Rollup",
    tool: "rollup",
    light: true,
    cases: [...WITHOUT_ASSETS, threads.plugin],
  },
  {
    name: "esbuild",
    title: "esbuild",
    tool: "esbuild",
    light: true,
    cases: [...WITHOUT_ASSETS, threads.plugin],
  },
  { name: "rolldown", title: "Rolldown", tool: "rolldown", cases: WITHOUT_ASSETS },
  { name: "rspack", title: "Rspack", tool: "@rspack/core", cases: WITH_ASSETS },
  {
    name: "parcel",
    title: "Parcel",
    tool: "parcel",
    cases: [TS, WASM_FILES].map((way) => cases.builtPage(way, { inlineScripts: true })),
  },
  {
    name: "node",
    title: "Node, ESM",
    light: true,
    cases: [...node("node main.js"), threads.program("node main.js"), omitDev],
  },
  {
    name: "commonjs",
    title: "Node, CommonJS",
    light: true,
    cases: [CJS, CJS_TS].map((way) => cases.program("require", way, "node main.js")),
  },
  { name: "jest", title: "Jest", tool: "jest", light: true, cases: [cases.tested(CJS)] },
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
      cases.program(
        "compiled",
        WASM,
        "bun build --compile server.js --outfile app && ./app",
        "server.js",
      ),
      threads.program("bun server.js", "server.js"),
      ...WITHOUT_ASSETS,
    ],
  },
  { name: "types", title: "TypeScript", tool: "typescript", light: true, cases: [types] },
  { name: "page", title: "No bundler", light: true, cases: [unbundled, threads.unbundled] },
  { name: "report", title: "Pages of reports", light: true, cases: reports },
  { name: "extension", title: "Chromium extension (MV3)", cases: [extension] },
  {
    name: "next",
    title: "Next.js",
    tool: "next",
    cases: [served("server and client component", WASM, NEXT, NEXT_PAGES), nextFiles],
  },
  {
    name: "next-webpack",
    title: "Next.js with webpack",
    tool: "next",
    cases: [PLUGIN_TS, PLUGIN_WASM].map((way) =>
      served("server and client component", way, NEXT, NEXT_PAGES),
    ),
  },
  {
    name: "sveltekit",
    title: "SvelteKit",
    tool: "@sveltejs/kit",
    node: NEWEST_NODE,
    cases: [
      ...[WASM, PLUGIN_TS, PLUGIN_WASM].map((way) =>
        served("server and client", way, "npm run build && npm start", {
          files: ["src/routes/+page.server.js", "src/routes/client/+page.svelte"],
          pages: ["", "client"],
        }),
      ),
    ],
  },
  {
    name: "workers",
    title: "Cloudflare Workers",
    tool: "wrangler",
    node: NEWEST_NODE,
    cases: [
      cases.fetched("code imported", WASM_FILES, `${WRANGLER} worker.js`, "worker.js"),
      cases.fetched("worker", TS, `${WRANGLER} typescript.js`, "typescript.js"),
    ],
  },
  {
    name: "deno",
    title: "Deno",
    tool: "deno",
    cases: [
      ...TYPED.map((way) => cases.program("program", way, "deno run --allow-read main.js")),
      threads.program("deno run --allow-read main.js"),
      cases.program("program without permissions", ONE_FILE, "deno run main.js"),
    ],
  },
  {
    name: "tsx",
    title: "tsx",
    tool: "tsx",
    cases: [TS_SOURCE, WASM_SOURCE].map((way) =>
      cases.program("program", way, "tsx main.ts", "main.ts"),
    ),
  },
  ...[NODE_24, NEWEST_NODE].map((version) => ({
    name: `node-${version.slice(0, 2)}`,
    template: "typed-node",
    title: `Node ${version.slice(0, 2)}, TypeScript as it is`,
    node: version,
    cases: TYPED.map((way) => cases.program("program", way, "node main.js")),
  })),
  {
    name: "vitest",
    title: "Vitest with jsdom",
    tool: "vitest",
    node: NEWEST_NODE,
    cases: [...[TS, WASM, PLUGIN_TS, PLUGIN_WASM].map((way) => cases.tested(way)), recorded],
  },
];
