/** Modules take weights and WebAssembly of their own build and no others, whoever hands them over. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, type CompileOptions, type CompileResult } from "../../compiler/compile.js";
import type { TensorData } from "../../compiler/base/tensor.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { TARGET_NAMES } from "../../compiler/targets/index.js";
import { hashBytes } from "../../runtime/index.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { loadProduct, type Product, type ProductModel } from "../support/product.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Models of one shape: what differs is weights or code. */
const modelText = (seed: number, op: string): string => `model small(%x: f32[1,16]) {
  %y = matmul(%x, @w) {axis=1}
  %z = ${op}(%y)
  return z = %z
}
@w : f32[256,16] = seed ${seed} center 0 spread 1
`;

const OWN = modelText(1, "relu");
const FILES = { weights: "file", wasm: "file" } as const;
const x = Float32Array.from({ length: 16 }, (_, i) => i / 8 - 1);

function partOf({ files }: CompileResult, ending: string): Bytes {
  return files.find(({ path }) => path.endsWith(ending))!.content as Bytes;
}

function flipped(bytes: Bytes, at: number): Bytes {
  const changed = bytes.slice();
  changed[at]! ^= 16;
  return changed;
}

function page(length: number): Bytes {
  const text = `<!DOCTYPE html><title>Not found</title>`;
  return new Uint8Array(Buffer.from(text.padEnd(length, " ")));
}

const SAME_BUILD = /are they from the same build as the module, and undamaged\?$/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const wasmOf = (engine: Engine): string => (engine === "relaxed" ? ".relaxed.wasm" : ".wasm");

/** A module of this build, what it computes, and its code where that is a file. */
async function buildOwn(
  engine: Engine,
  options: CompileOptions = FILES,
): Promise<{ readonly product: Product; readonly z: TensorData; readonly wasm?: Bytes }> {
  const product = await loadProduct(parseDefinition(OWN), engine, options);
  const own = { product, z: product.model.run({ x })["z"]!.slice() };
  if (engine === "ts" || options.wasm === "inline") return own;
  return { ...own, wasm: partOf(product.result, wasmOf(engine)) };
}

/** Of another model, as this engine runs it. */
async function otherPart(text: string, engine: Engine, ending: string): Promise<Bytes> {
  const target = engine === "ts" ? {} : ({ target: "wasm", simd: engine } as const);
  return partOf(await compile(parseDefinition(text), { ...FILES, ...target }), ending);
}

interface Given {
  readonly weights: Bytes;
  readonly wasm?: Bytes | WebAssembly.Module | undefined;
  readonly verify?: boolean;
}

/** Every way to hand parts over. */
function ways({ module }: Product): readonly ((given: Given) => Promise<ProductModel>)[] {
  const response = (part: Given["wasm"]) =>
    part instanceof Uint8Array ? new Response(part) : part;
  let count = 0;
  const file = (part: Given["wasm"]) => {
    if (!(part instanceof Uint8Array)) return part;
    const path = join(folder, `part${count++}`);
    writeFileSync(path, part);
    return pathToFileURL(path);
  };
  return [
    (given) => module.load(given),
    ({ weights, wasm, ...given }) =>
      module.load({ ...given, weights: response(weights) as Response, wasm: response(wasm) }),
    ({ weights, wasm, ...given }) =>
      module.load({ ...given, weights: file(weights) as URL, wasm: file(wasm) }),
    async ({ weights, wasm, ...given }) =>
      wasm === undefined ? module.create(weights, given) : module.create(weights, wasm, given),
  ];
}

describe.each(ENGINES)("weights, on %s", (engine) => {
  it.each(["file", "inline"] as const)("of this build are taken, %s", async (where) => {
    const { product, z, wasm } = await buildOwn(engine, { weights: where, wasm: "file" });
    const weights = product.result.emission.constants as Bytes;
    for (const load of ways(product))
      expect((await load({ weights, wasm })).run({ x })["z"]).toEqual(z);
  });

  it.each<readonly [string, (own: Bytes) => Bytes | Promise<Bytes>, RegExp]>([
    ["another build", () => otherPart(modelText(2, "relu"), engine, ".bin"), SAME_BUILD],
    ["a flip of the first byte", (own) => flipped(own, 0), SAME_BUILD],
    ["a flip of a byte in the middle", (own) => flipped(own, own.length >> 1), SAME_BUILD],
    ["a flip of the last byte", (own) => flipped(own, own.length - 1), SAME_BUILD],
    ["zeros", (own) => new Uint8Array(own.length), SAME_BUILD],
    ["zeros from somewhere on", (own) => own.slice().fill(0, own.length - 64), SAME_BUILD],
    ["a page as long as they are", (own) => page(own.length), /got an HTML page/],
  ])("of %s are refused", async (_, change, message) => {
    const { product, wasm } = await buildOwn(engine);
    const own = partOf(product.result, ".weights.bin");
    const weights = await change(own);
    expect(weights.length).toBe(own.length);
    for (const load of ways(product)) {
      await expect(load({ weights, wasm })).rejects.toThrow(message);
      const model = await load({ weights, wasm, verify: false });
      expect(model.run({ x })["z"]).toHaveLength(256);
    }
  });

  it("that lie in the module are taken as they are", async () => {
    const { product, z } = await buildOwn(engine, { weights: "inline", wasm: "inline" });
    expect(product.module.create().run({ x })["z"]).toEqual(z);
    const weights = (product.result.emission.constants as Bytes).slice();
    expect(product.module.create(weights).run({ x })["z"]).toEqual(z);
    weights[5]! ^= 1;
    await expect(product.module.load({ weights })).rejects.toThrow(SAME_BUILD);
    expect(() => product.module.create(weights)).toThrow(SAME_BUILD);
  });
});

describe.each(ENGINES.filter((engine) => engine !== "ts"))("WebAssembly, on %s", (engine) => {
  const other = (): Promise<Bytes> => otherPart(modelText(1, "sigmoid"), engine, ".wasm");
  const NO_CODE = /is it from the same build as (?:the module, and undamaged|this one)\?$/;

  it.each<readonly [string, (own: Bytes) => Given["wasm"] | Promise<Given["wasm"]>, RegExp]>([
    ["another model", other, NO_CODE],
    ["another model, compiled", async () => new WebAssembly.Module(await other()), NO_CODE],
    ["a flip of a byte of the code", (own) => flipped(own, own.length >> 1), NO_CODE],
    ["a flip of the last byte", (own) => flipped(own, own.length - 1), NO_CODE],
    [
      "a flip of the last byte, compiled",
      (own) => new WebAssembly.Module(flipped(own, own.length - 1)),
      NO_CODE,
    ],
    ["a code that says nothing of itself", (own) => own.slice(0, -29), NO_CODE],
    [
      "a code that says nothing, compiled",
      (own) => new WebAssembly.Module(own.slice(0, -29)),
      NO_CODE,
    ],
    ["a page as long as it is", (own) => page(own.length), /got an HTML page/],
    ["zeros", (own) => new Uint8Array(own.length), /that are no module/],
  ])("of %s is refused", async (_, change, message) => {
    const { product, wasm } = await buildOwn(engine);
    const weights = partOf(product.result, ".weights.bin");
    const changed = await change(wasm!);
    for (const load of ways(product))
      await expect(load({ weights, wasm: changed })).rejects.toThrow(message);
  });

  it("that is not checked may be any that fits", async () => {
    const { product, z, wasm } = await buildOwn(engine);
    const weights = partOf(product.result, ".weights.bin");
    for (const changed of [flipped(wasm!, wasm!.length - 1), wasm!.slice(0, -29)])
      for (const load of ways(product))
        for (const code of [changed, new WebAssembly.Module(changed)]) {
          const model = await load({ weights, wasm: code, verify: false });
          expect(model.run({ x })["z"]).toEqual(z);
        }
  });

  it("compiled from this build is taken", async () => {
    const { product, z, wasm } = await buildOwn(engine);
    const weights = partOf(product.result, ".weights.bin");
    const module = new WebAssembly.Module(wasm!);
    for (const load of ways(product))
      expect((await load({ weights, wasm: module })).run({ x })["z"]).toEqual(z);
  });

  it("of a model without weights is checked, too", async () => {
    const text = "model bare(%x: f32[1,16]) {\n  %z = tanh(%x)\n  return z = %z\n}\n";
    const { module, result } = await loadProduct(parseDefinition(text), engine, { wasm: "file" });
    const own = partOf(result, wasmOf(engine));
    expect(module.create(own).run({ x })["z"]).toHaveLength(16);
    const wasm = flipped(own, own.length - 1);
    expect(() => module.create(wasm)).toThrow(NO_CODE);
    await expect(module.load({ wasm })).rejects.toThrow(NO_CODE);
    expect(module.create(wasm, { verify: false }).run({ x })["z"]).toHaveLength(16);
  });
});

describe.each(TARGET_NAMES)("files that are named by what is in them, %s", (target) => {
  const options = { ...FILES, target, contentNames: true } as const;

  it("are where the module looks for them", async () => {
    const { files, emission } = await compile(parseDefinition(OWN), options);
    const beside = files.slice(1);
    expect(beside.length).toBe(target === "ts" ? 1 : 3);
    for (const { path, content } of beside) {
      const hash = hashBytes(content as Bytes);
      expect(path).toMatch(new RegExp(`^small\\.${hash}\\.(?:weights\\.bin|(?:relaxed\\.)?wasm)$`));
      expect(files[0]!.content).toContain(`new URL("./${path}", import.meta.url)`);
    }
    expect(files[0]!.content).toContain("--content-names");
    expect(files[0]!.content).toContain(`in small.${emission.constantsHash}.weights.bin`);
    const again = await compile(parseDefinition(OWN), options);
    expect(again.files).toEqual(files);
    const other = await compile(parseDefinition(modelText(2, "relu")), options);
    expect(other.files.at(-1)!.path).not.toBe(files.at(-1)!.path);
  });

  it("load as others do", async () => {
    for (const engine of ENGINES) {
      const { z } = await buildOwn(engine, { ...FILES, contentNames: true });
      expect(z).toEqual((await buildOwn(engine)).z);
    }
  });
});
