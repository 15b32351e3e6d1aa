/** A second start with a warm cache: nothing of the compiler is even loaded. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { emptyFolder } from "../support/emptyFolder.js";

const { at, write } = emptyFolder();
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Reads sources of TypeScript, and writes the URL of every module that is loaded. */
const HOOKS = `import { appendFileSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from ${JSON.stringify(pathToFileURL(`${root}node_modules/typescript/lib/typescript.js`).href)};
let list;
export const initialize = (data) => void (list = data);
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
export const resolve = (specifier, context, next) =>
  /^\\..*\\.js$/.test(specifier) && context.parentURL?.endsWith(".ts")
    ? next(specifier.replace(/js$/, "ts"), context)
    : next(specifier, context);
export async function load(url, context, next) {
  appendFileSync(list, url + "\\n");
  if (!url.endsWith(".ts")) return next(url, context);
  const source = readFileSync(fileURLToPath(url), "utf8");
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  return { format: "module", source: outputText, shortCircuit: true };
}
`;
const START = (plugin: string): string => `import { register } from "node:module";
register("./hooks.mjs", { parentURL: import.meta.url, data: process.argv[2] });
const { plugin } = await import(${JSON.stringify(plugin)});
const { load } = plugin({ cache: "cache" }, { framework: "rollup" });
const context = { addWatchFile() {}, warn() {}, emitFile: () => "reference" };
console.log(await load.handler.call(context, process.cwd() + "/net.tw?target=wasm"));
`;

/** The code of the module, and what of this checkout and which packages were loaded for it. */
function start(): { readonly code: string; readonly loaded: readonly string[] } {
  write({ list: "" });
  const { status, stdout, stderr } = spawnSync(process.execPath, [at("start.mjs"), at("list")], {
    cwd: at(),
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const urls = readFileSync(at("list"), "utf8").split("\n");
  const loaded = urls.flatMap((url) => {
    const path = url.startsWith("file:") ? fileURLToPath(url).replace(root, "") : "";
    return /(?:node_modules\/.*|^compiler\/.*)$/.exec(path)?.[0] ?? [];
  });
  return { code: stdout, loaded };
}

it("takes the module and the config as they were made", async () => {
  write({
    "hooks.mjs": HOOKS,
    "start.mjs": START(`${root}compiler/bundler/plugin.ts`),
    "net.tw": `model net(%x: f32[2]) {\n  %y = add(%x, @w)\n  return y = %y\n}\n@w : f32[2] = [1, 2]\n`,
    "tilewright.config.ts": `export default { weights: "file" };\n`,
  });
  await sleep(50);
  const first = start();
  expect(first.code).toContain("ROLLUP_FILE_URL");
  expect(first.loaded).toContain("compiler/compile.ts");
  expect(first.loaded.some((path) => path.includes("wabt"))).toBe(true);
  const second = start();
  expect(second.code).toBe(first.code);
  expect(second.loaded).toContain("compiler/bundler/plugin.ts");
  const rooms = new Set(second.loaded.map((path) => path.split("/").slice(0, 2).join("/")));
  expect([...rooms].sort()).toEqual([
    "compiler/base",
    "compiler/bundler",
    "compiler/emit",
    "compiler/project",
  ]);
  expect(second.loaded.filter((path) => path.startsWith("compiler/emit"))).toEqual([
    "compiler/emit/urlBeside.ts",
  ]);
});
