/** WebAssembly in emitted modules: where it lies, what it imports, how much memory it takes, and what may be given instead. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { lenet5 } from "../../examples/lenet5/model.js";
import { mobilenetV2 } from "../../examples/mobilenetV2.js";
import { compile, type CompileOptions } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { importCompiled, type EmittedModule } from "../support/emitted.js";
import { identified } from "../../compiler/targets/wasm/hash.js";
import { assemble } from "../support/simd.js";

const PAGE = 65536;

const text = `model small(%x: f32[2,3]) {
  %y = matmul(%x, @w, @b) {axis=1}
  return y = %y
}
@w : f32[2,3] = [1, -2, 0.5, 3, 0.25, -1]
@b : f32[2] = [0.125, -0.5]
`;

const x = new Float32Array([1, 2, 3, -1, 0.5, 2]);
const y = [-1.375, 0, -0.875, -5.375];

async function build(options: CompileOptions) {
  return importCompiled(parseDefinition(text), { target: "wasm", ...options });
}

describe("load", () => {
  it("leaves nothing that nobody waits for where weights have no address", async () => {
    const options = { target: "wasm", weights: "file", standalone: true, js: true } as const;
    const { files } = await compile(parseDefinition(text), options);
    const homeless = String(files[0]!.content).replaceAll("import.meta.url", '"nowhere"');
    const address = `data:text/javascript,${encodeURIComponent(homeless)}`;
    const { load } = (await import(/* @vite-ignore */ address)) as EmittedModule;
    const left: unknown[] = [];
    const take = (reason: unknown): void => void left.push(reason);
    process.on("unhandledRejection", take);
    try {
      await expect(load({ wasm: new Uint8Array(4) })).rejects.toThrow(
        /^weights: modules have no address here; give it, load\(\{ weights \}\)/,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(left).toEqual([]);
    } finally {
      process.off("unhandledRejection", take);
    }
  });
});

describe("code", () => {
  it.each([
    ["inline", "both", []],
    ["file", "both", ["small.wasm", "small.relaxed.wasm"]],
    ["file", "plain", ["small.wasm"]],
    ["file", "relaxed", ["small.relaxed.wasm"]],
  ] as const)("%s, %s", async (wasm, simd, files) => {
    const options: CompileOptions = { target: "wasm", wasm, simd, wat: true };
    const result = await compile(parseDefinition(text), options);
    const paths = result.files.map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith(".wasm"))).toEqual(files);
    const texts = result.files.filter(({ path }) => path.endsWith(".wat"));
    expect(texts.length).toBe(simd === "both" ? 2 : 1);
    for (const file of result.files.filter(({ path }) => path.endsWith(".wasm"))) {
      const source = texts.find(({ path }) => path === file.path.replace(/wasm$/, "wat"))!;
      const assembled = assemble(String(source.content));
      expect(identified(assembled).bytes).toEqual(file.content);
    }
  });

  it("imports one memory, and exports what runs and what checks weights", async () => {
    const { files } = await compile(parseDefinition(text), { target: "wasm", wasm: "file" });
    const module = new WebAssembly.Module(
      files.find(({ path }) => path === "small.wasm")!.content as Uint8Array<ArrayBuffer>,
    );
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: "env", name: "memory", kind: "memory" },
    ]);
    expect(WebAssembly.Module.exports(module)).toEqual([
      { name: "run", kind: "function" },
      { name: "take", kind: "function" },
      { name: "hash", kind: "function" },
    ]);
  });

  it("and weights given from outside run at once", async () => {
    const { module, result } = await build({ weights: "file", simd: "plain" });
    const file = (ending: string) =>
      result.files.find(({ path }) => path.endsWith(ending))!.content as Uint8Array<ArrayBuffer>;
    const [weights, wasm] = [file(".bin"), file(".wasm")];
    const models = [
      module.create(weights, new WebAssembly.Module(wasm)),
      module.create(weights.slice().buffer, wasm),
      await module.load({ weights, wasm: new WebAssembly.Module(wasm) }),
      await module.load({ weights: new Response(weights), wasm: new Response(wasm) }),
    ];
    for (const model of models) expect([...model.run({ x })["y"]!]).toEqual(y);
    await expect(module.load({ weights, wasm: new Response("<html>") })).rejects.toThrow(
      "got an HTML page",
    );
    await expect(module.load({ weights: new Uint8Array(4), wasm })).rejects.toThrow(
      /got 4 bytes, expected \d+/,
    );
  });

  it("of two models shares no memory", async () => {
    const { module } = await build({ weights: "inline" });
    const [first, second] = [module.create(), module.create()];
    const kept = first.run({ x })["y"]!;
    second.run({ x: new Float32Array(6) });
    expect([...kept]).toEqual(y);
  });
});

/** Of JavaScript, its runtime and the code that one engine loads, compressed, in bytes. */
const MOST_CODE = 60_000;

it("MobileNetV2 is little code, the same for every build", async () => {
  const options: CompileOptions = { target: "wasm", wasm: "file", weights: "file" };
  const build = () => compile(mobilenetV2(), { ...options, standalone: true, js: true });
  const [{ files }, again] = [await build(), await build()];
  files.forEach(({ path, content }, i) => {
    expect(again.files[i]!.path).toBe(path);
    expect(Buffer.compare(Buffer.from(again.files[i]!.content), Buffer.from(content)), path).toBe(
      0,
    );
  });
  const size = (ending: string): number =>
    gzipSync(files.find(({ path }) => path === `mobilenet_v2${ending}`)!.content).length;
  const glue = size(".js");
  for (const code of [".wasm", ".relaxed.wasm"])
    expect(glue + size(code), code).toBeLessThanOrEqual(MOST_CODE);
});

describe("memory", () => {
  it.each([
    ["lenet5", lenet5()],
    ["mobilenet_v2", mobilenetV2({ width: 0.25, size: 64 })],
  ] as const)("of %s is weights and arena, and never grows", async (_, definition) => {
    const { module, result } = await importCompiled(definition, { target: "wasm" });
    const source = String(result.files[0]!.content);
    const bytes = Number(/pages: (\d+)/.exec(source)![1]) * PAGE;
    const { arenaBytes, constantBytes, overlaidBytes } = result.report;
    const least = arenaBytes + constantBytes - overlaidBytes;
    expect(bytes).toBeLessThan(least + 2 * PAGE);
    expect(bytes).toBeGreaterThanOrEqual(least);
    expect(source).toContain("= createMemory(memory.pages)");
    const model = await module.load();
    const [{ name, type }] = result.program.inputs as [(typeof result.program.inputs)[number]];
    const input = new Float32Array(type.dims.reduce((product, dim) => product * dim, 1)).fill(0.5);
    const outputs = model.run({ [name]: input });
    for (let i = 0; i < 100; i++) expect(model.run({ [name]: input })).toBe(outputs);
  });
});
