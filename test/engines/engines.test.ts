/** Emitted modules compute the same bits in every engine, under a policy that forbids code from strings. */
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "vite";
import { networks } from "../../examples/index.js";
import lenet5 from "../../examples/lenet5/model.js";
import type { CompileOptions } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { readSafetensors } from "../../compiler/frontend/weights/safetensors.js";
import { withWeights } from "../../compiler/frontend/weights/assign.js";
import { findChromium, findNode24, runNode } from "./engines.js";
import { inChromium, writeSuite, type SuiteModel } from "./suite.js";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const node24 = findNode24();
const chromium = findChromium();
const newer = node24 === undefined ? "Node 24 (absent: npm run engines)" : "Node 24";
const browser = chromium === undefined ? "Chromium (absent: install it)" : "Chromium";

/** Every function that is not one operation of IEEE 754, and rounding of every kind. */
const FUNCTIONS =
  "exp log tanh sigmoid erf gelu softplus mish silu elu selu sin cos tan asin acos atan sinh cosh asinh acosh atanh sqrt reciprocal round floor ceil sign hardSwish softsign softmax logSoftmax".split(
    " ",
  );

const functions = parseDefinition(`model functions(%x: f32[5,13]) {
${FUNCTIONS.map((name) => `  %${name} = ${name}(%x)`).join("\n")}
  %power = pow(%x, @exponents)
  %tanhGelu = gelu(%x) {approximate="tanh"}
  return ${[...FUNCTIONS, "power", "tanhGelu"].map((name) => `${name} = %${name}`).join(", ")}
}
@exponents : f32[13] = [2, 3, 0.5, -1, -2, 1.7, -0.3, 0, 5, 10, 2.5, -1.5, 0.1]
`);

const trained = withWeights(
  lenet5,
  readSafetensors(readFileSync(here("../../examples/lenet5/lenet5.safetensors"))),
);

const small = (wanted: string): Definition => {
  const { create, small: options } = networks.find(({ name }) => name === wanted)!;
  return create(options);
};

const models: readonly SuiteModel[] = [
  ["functions", functions, { weights: "inline" }],
  ["lenet5", trained],
  ["mobilenet_v2", small("mobilenet_v2")],
  ["efficientnet_b0", small("efficientnet_b0")],
];

describe.each<readonly [string, CompileOptions]>([
  ["TypeScript", { target: "ts" }],
  ["WebAssembly without relaxed SIMD", { target: "wasm", simd: "plain" }],
])("%s", (_, options) => {
  let folder = "";
  let expected: Readonly<Record<string, unknown>> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "engines-"));
    await writeSuite(folder, models, { ...options, weights: "file" });
    expected = JSON.parse(runNode(execPath, [join(folder, "node.mjs")])) as typeof expected;
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("moves with its input", () => {
    expect(Object.keys(expected)).toHaveLength(models.length);
    for (const runs of Object.values(expected) as (readonly string[])[])
      expect(runs[0]).not.toEqual(runs[1]);
  });

  it("imports nothing, and makes no code from strings", async () => {
    for (const [name] of models) {
      const text = await readFile(join(folder, `${name}.js`), "utf8");
      expect(text).not.toMatch(/\b(?:from|import)\s*\(?\s*"|\beval\s*\(|new Function|\brequire\(/);
    }
  });

  it.skipIf(node24 === undefined)(`gives the same bits in ${newer}`, () => {
    expect(JSON.parse(runNode(node24, [join(folder, "node.mjs")]))).toEqual(expected);
  });

  it.skipIf(chromium === undefined)(`gives the same bits in ${browser}`, async () => {
    const result = await inChromium(chromium!, folder, "index.html", options.target === "wasm");
    expect(result.results).toEqual(expected);
    expect(result.evaluated).toBe(false);
    const { loaded, total } = result.progress.at(-1)!;
    expect(loaded).toBe(total);
    expect(result.progress.length).toBeGreaterThanOrEqual(models.length - 1);
    expect(result.aborted).toBe("AbortError");
    expect(result.missing).toMatch(/HTTP status 404/);
    expect(result.page).toMatch(/HTML page/);
  });

  it.skipIf(chromium === undefined)(`runs from a bundle in ${browser}`, async () => {
    await build({
      root: folder,
      base: "./",
      logLevel: "silent",
      configFile: false,
      build: { outDir: "bundle", assetsInlineLimit: 0, target: "es2022" },
      // What the suite imports by a name made at run time, a bundler must be shown.
      plugins: [
        {
          name: "list-models",
          transform(code, id) {
            if (!id.endsWith("suite.mjs")) return;
            const known = models.map(([name]) => `"./${name}.js": () => import("./${name}.js")`);
            return code.replace(
              "import(new URL(file, import.meta.url).href)",
              `({ ${known.join(", ")} })[file]()`,
            );
          },
        },
      ],
      ...{ publicDir: false },
      appType: "custom",
    });
    await cp(join(folder, "manifest.json"), join(folder, "bundle/manifest.json"));
    const result = await inChromium(
      chromium!,
      join(folder, "bundle"),
      "index.html",
      options.target === "wasm",
    );
    expect(result.results).toEqual(expected);
  });
});
