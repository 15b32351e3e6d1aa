/** What Vite and Rolldown make of imported models: assets with addresses of their own, or everything in the module, and all problems. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, it, vi } from "vitest";
import { tilewright } from "../../compiler/bundler/rolldown.js";
import { coreCount } from "../../runtime/workers.js";
import { emptyFolder } from "../support/emptyFolder.js";
import { built, runtimeSource } from "./viteProject.js";

const { at, write } = emptyFolder();

const netText = (op: string, factor = 1): string => `model net(%x: f32[64]) {
  %y = ${op}(%x, @w)
  return y = %y
}
@w : f32[64] = [${Array.from({ length: 64 }, (_, i) => factor * (i + 1)).join(", ")}]
`;
const QUERY = "?target=wasm&weights=file&wasm=file";
const main = (...imports: readonly string[]): string =>
  `${imports.map((path, i) => `import { load as load${i} } from ${JSON.stringify(path)};`).join("\n")}
export const models = await Promise.all([${imports.map((_, i) => `load${i}()`).join(", ")}]);
`;

interface Model {
  run(inputs: object): { y: Float32Array };
  runAsync(inputs: object): Promise<{ y: Float32Array }>;
  readonly threads: number;
  dispose(): void;
}

type Output = Awaited<ReturnType<typeof built>>;
const assets = (output: Output): string[] =>
  output.flatMap(({ type, fileName }) => (type === "asset" ? [fileName] : [])).sort();
const code = (output: Output): string =>
  output.map((one) => (one.type === "chunk" ? one.code : "")).join("\n");

/** Writes it to a folder and lets Node import it, which finds files beside it. */
async function modelsOf(output: Output): Promise<Model[]> {
  for (const one of output)
    write({ [`built/${one.fileName}`]: one.type === "chunk" ? one.code : one.source });
  write({ "built/package.json": `{ "type": "module" }` });
  const [entry] = output.filter((one) => one.type === "chunk" && one.isEntry);
  const url = pathToFileURL(at("built", entry!.fileName)).href;
  return ((await import(/* @vite-ignore */ url)) as { models: Model[] }).models;
}

async function answers(output: Output): Promise<string[]> {
  const x = new Float32Array(64).fill(10);
  return (await modelsOf(output)).map((model) => [...model.run({ x }).y.subarray(0, 2)].join());
}

describe("Vite", () => {
  it("emits what lies beside the module, of which several models have their own", async () => {
    write({ "a/net.tw": netText("add"), "b/net.tw": netText("mul", 2) });
    write({ "main.js": main(`./a/net.tw${QUERY}`, `./b/net.tw${QUERY}`) });
    const output = await built(at(), { config: { base: "./" } });
    const names = assets(output);
    expect(names.filter((name) => name.endsWith(".bin"))).toHaveLength(2);
    expect(names.filter((name) => name.endsWith(".wasm")).length).toBeGreaterThanOrEqual(2);
    for (const name of names) expect(name).toMatch(/^assets\/net[\w.]*-[\w-]{8}\.(bin|wasm)$/);
    // Under any size: a policy may forbid `data:`.
    expect(code(output)).not.toContain("data:");
    expect(await answers(output)).toEqual(["11,12", "20,40"]);
  });

  it("emits what workers run, which start from there", async () => {
    write({ "net.tw": netText("add"), "main.js": main(`./net.tw${QUERY}&threads`) });
    const output = await built(at(), { config: { base: "./" } });
    expect(assets(output)).toContainEqual(
      expect.stringMatching(/^assets\/net\.worker-[\w-]{8}\.js$/),
    );
    const [model] = await modelsOf(output);
    await vi.waitFor(() => expect(model!.threads).toBe(Math.min(8, coreCount())), 10_000);
    expect([...(await model!.runAsync({ x: new Float32Array(64) })).y.subarray(0, 2)]).toEqual([
      1, 2,
    ]);
    model!.dispose();
  });

  it("addresses assets below the base", async () => {
    write({ "net.tw": netText("add"), "main.js": main(`./net.tw${QUERY}`) });
    const output = await built(at(), { config: { base: "/sub/" } });
    for (const name of assets(output)) expect(code(output)).toContain(`"/sub/${name}"`);
    expect(code(output)).not.toContain("ROLLUP_FILE_URL");
  });

  it.each([
    ["?inline", main(`./net.tw${QUERY.replace("?", "?inline&")}`), {}],
    ["on servers", main(`./net.tw${QUERY}`), { build: { ssr: true } }],
  ])("has everything in the module: %s", async (_how, text, config) => {
    write({ "net.tw": netText("add"), "main.js": text });
    const output = await built(at(), { config });
    expect(assets(output)).toEqual([]);
    expect(await answers(output)).toEqual(["11,12"]);
  });

  it("takes options of the plugin, of a config, of a file beside the model, of the query", async () => {
    const files = { "net.tw": netText("add"), "main.js": main("./net.tw") };
    write(files);
    const options = { weights: "file" } as const;
    expect(assets(await built(at(), { options }))).toHaveLength(1);
    const config = at("tilewright.config.json");
    write({ "tilewright.config.json": `{ "weights": "inline" }` });
    expect(assets(await built(at(), { options: { ...options, config } }))).toEqual([]);
    write({ "net.tilewright.json": `{ "weights": "file" }` });
    expect(assets(await built(at(), { options: { ...options, config } }))).toHaveLength(1);
    write({ "main.js": main("./net.tw?weights=inline") });
    expect(assets(await built(at(), { options: { ...options, config } }))).toEqual([]);
  });

  it("leaves imports alone by which a bundler hands out the file", async () => {
    write({ "net.tw": netText("add"), "main.js": `export { default } from "./net.tw?raw";\n` });
    expect(code(await built(at()))).toContain("return y = %y");
  });

  it("takes a model with a name that is made to be code", async () => {
    const name = `a"b'\${c}\`d é.tw`;
    write({ [name]: netText("add"), "main.js": main(`./${name}${QUERY}`) });
    expect(await answers(await built(at(), { config: { base: "./" } }))).toEqual(["11,12"]);
    write({ "net.tw": netText("add").replace("model net", `model "\\u0022;throw 1//"`) });
    write({ "main.js": main(`./net.tw${QUERY}`) });
    expect(await answers(await built(at(), { config: { base: "./" } }))).toEqual(["11,12"]);
  });

  it("says everything that is wrong with a model, its options and its config", async () => {
    write({ "net.tw": netText("adt").replace("return", "%z = rely(%x)\n  return z = %z,") });
    write({ "main.js": main("./net.tw") });
    const failed = await built(at()).catch((error: unknown) => error as Error);
    expect(String(failed)).toMatch(/adt[^]*did you mean 'add'[^]*rely[^]*did you mean 'relu'/);
    expect(String(failed)).toContain("net.tw");
    write({ "main.js": main("./net.tw?tarhet=ts&x=1") });
    await expect(built(at())).rejects.toThrow(/tarhet[^]*did you mean 'target'[^]*'x'/);
    await expect(built(at(), { options: { taget: "ts" } as never })).rejects.toThrow(/'taget'/);
  });

  it("writes declarations beside the model, and never over another's file", async () => {
    write({ "net.tw": netText("add"), "main.js": main("./net.tw", `./net.tw${QUERY}`) });
    await built(at());
    expect(existsSync(at("net.d.tw.ts"))).toBe(false);
    write({ "tsconfig.json": "{}" });
    await built(at(), { options: { types: false } });
    expect(existsSync(at("net.d.tw.ts"))).toBe(false);
    await built(at());
    expect(readFileSync(at("net.d.tw.ts"), "utf8")).toContain("Float32Array");
    const declared = readFileSync(at("net.tw.target-wasm-weights-file-wasm-file.d.ts"), "utf8");
    expect(declared).toContain(`declare module "*/net.tw${QUERY}"`);
    write({ "net.d.tw.ts": "export const mine = 1;\n" });
    await expect(built(at())).rejects.toThrow(/net\.d\.tw\.ts was not written by Tilewright/);
    expect(readFileSync(at("net.d.tw.ts"), "utf8")).toBe("export const mine = 1;\n");
  });

  it("finds the runtime for modules of models, and lets others find their own", async () => {
    write({
      "net.tw": netText("add"),
      "main.js": `${main("./net.tw")}export * from "tilewright/runtime";\n`,
    });
    await expect(built(at())).rejects.toThrow(/tilewright\/runtime/);
  });

  it("keeps compiled models in its cache", async () => {
    write({ "net.tw": netText("add"), "main.js": main("./net.tw") });
    await new Promise((end) => setTimeout(end, 50));
    const options = { cache: at("cache") };
    const first = code(await built(at(), { options }));
    expect(existsSync(at("cache"))).toBe(true);
    expect(code(await built(at(), { options }))).toBe(first);
    write({ "net.tw": netText("mul") });
    expect(code(await built(at(), { options }))).not.toBe(first);
  });
});

describe("Rolldown", () => {
  it.each(["esm", "cjs"] as const)("emits assets beside its module: %s", async (format) => {
    write({ "net.tw": netText("mul", 3) });
    write({ "main.js": `export { load } from "./net.tw${QUERY}";\n` });
    const bundle = await rolldown({
      ...{ input: at("main.js"), logLevel: "silent", platform: "node" },
      plugins: [runtimeSource, tilewright({ config: false, cache: false }) as never],
    });
    await bundle.write({
      dir: at("out"),
      format,
      entryFileNames: `main.${format === "esm" ? "m" : "c"}js`,
    });
    await bundle.close();
    const path = join(at("out"), `main.${format === "esm" ? "m" : "c"}js`);
    const { load } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as {
      load(): Promise<{ run(inputs: object): { y: Float32Array } }>;
    };
    const { y } = (await load()).run({ x: new Float32Array(64).fill(2) });
    expect([...y.subarray(0, 2)]).toEqual([6, 12]);
  });
});
