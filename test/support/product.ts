/** Compiles a model and runs what was emitted as an application does, in memory that holds NaN before the first run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { pathToFileURL } from "node:url";
import { transformWithOxc } from "vite";
import { compile, type CompileOptions, type CompileResult } from "../../compiler/compile.js";
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import type { Definition } from "../../compiler/graph/definition.js";
import {
  elementCount,
  newData,
  type Tensor,
  type TensorData,
  type TensorType,
} from "../../compiler/base/tensor.js";
import { tensorOf } from "../../compiler/base/portValues.js";
import * as runtime from "../../runtime/index.js";
import { newHalves } from "../../runtime/halves.js";
import { afterFile } from "./afterFile.js";
import type { Engine } from "./engine.js";

export type Values = ReadonlyMap<string, Tensor>;

/** A compiled model that `load` of its own module made. */
export interface Product {
  readonly result: CompileResult;
  readonly module: ProductModule;
  readonly model: ProductModel;
  /** Throws where the module's outputs are not what its types say. The values are copies. */
  run(inputs: Values): Map<string, Tensor>;
}

/** What an emitted module exports. */
export interface ProductModule {
  load(options?: runtime.WasmLoadOptions): Promise<ProductModel>;
  /** Weights, code (of WebAssembly) and options, each where the module takes it. */
  create(...given: readonly unknown[]): ProductModel;
}

export interface ProductModel {
  run(inputs: object, options?: runtime.RunOptions): Readonly<Record<string, TensorData>>;
  /** Of a model with states. */
  reset?(): void;
}

/** Where the runtime that emitted modules import finds what it is made of. */
const RUNTIME = Symbol.for("tilewright.test.runtime");

/** The runtime itself, but that nothing can count on memory being zero. */
const dirtyRuntime: typeof runtime = {
  ...runtime,
  allocate(bytes) {
    const memory = runtime.allocate(bytes);
    memory.f32.fill(NaN);
    return memory;
  },
  createMemory(pages) {
    const memory = runtime.createMemory(pages);
    new Float32Array(memory.buffer).fill(NaN);
    return memory;
  },
};

interface Folder {
  readonly path: string;
  /** Node's own import: the test runner's would serve each module from another process. */
  readonly load: (url: string) => Promise<ProductModule>;
}

let folder: Folder | undefined;
let count = 0;

/** A folder of modules in which `tilewright/runtime` is found as an installed package is. */
function createFolder(): Folder {
  (globalThis as { [RUNTIME]?: typeof runtime })[RUNTIME] = dirtyRuntime;
  const path = mkdtempSync(join(tmpdir(), "product-"));
  const packaged = join(path, "node_modules", "tilewright");
  mkdirSync(packaged, { recursive: true });
  const write = (to: string, text: string): void => writeFileSync(to, text);
  const names = Object.keys(runtime).join(", ");
  const exports = { "./runtime": "./runtime.js" };
  write(join(packaged, "package.json"), JSON.stringify({ type: "module", exports }));
  write(
    join(packaged, "runtime.js"),
    `export const { ${names} } = globalThis[Symbol.for("tilewright.test.runtime")];\n`,
  );
  write(join(path, "package.json"), `{ "type": "module" }`);
  write(join(path, "import.cjs"), "module.exports = (url) => import(url);");
  const load = createRequire(join(path, "index.js"))("./import.cjs") as Folder["load"];
  return { path, load };
}

function removeFolder(): void {
  if (folder !== undefined) rmSync(folder.path, { recursive: true });
  folder = undefined;
}

// Workers of the test runner are ended without an exit of their own.
if (env["VITEST"] === undefined) process.once("exit", removeFolder);
else afterFile(removeFolder);

/** Compiles for an engine, writes the files, imports the module and loads it. */
export async function loadProduct(
  definition: Definition,
  engine: Engine,
  options: CompileOptions = {},
): Promise<Product> {
  const target = engine === "ts" ? {} : ({ target: "wasm", simd: engine } as const);
  const name = `model${count++}`;
  const result = await compile(definition, { ...options, ...target, name });
  const { module, model } = await loadFiles(result.files);
  const types = result.program.outputs;
  return {
    result,
    module,
    model,
    run: (inputs) => {
      const given = Object.fromEntries([...inputs].map(([name, { data }]) => [name, data]));
      const outputs = new Map(Object.entries(model.run(given)));
      if (outputs.size !== types.length) throw new Error(`${outputs.size} outputs`);
      return new Map(types.map(({ name, type }) => [name, copyOf(outputs.get(name), type, name)]));
    },
  };
}

/** TypeScript is stripped of its types; weights and WebAssembly lie beside it while it loads. */
async function loadFiles(
  files: CompileResult["files"],
): Promise<{ readonly module: ProductModule; readonly model: ProductModel }> {
  folder ??= createFolder();
  const { path: root, load } = folder;
  const paths = files.map(({ path }) => join(root, path.replace(/\.ts$/, ".js")));
  for (const [i, { path, content }] of files.entries()) {
    const isSource = path.endsWith(".ts");
    const code = isSource ? (await transformWithOxc(content as string, path)).code : content;
    writeFileSync(paths[i]!, code);
  }
  try {
    const module = await load(pathToFileURL(paths[0]!).href);
    return { module, model: await module.load() };
  } finally {
    for (const path of paths) rmSync(path);
  }
}

function copyOf(output: unknown, type: TensorType, name: string): Tensor {
  const given = output as TensorData | undefined;
  const halves = type.dtype === "f16" ? newHalves(0) : type.dtype === "bf16" && new Uint16Array();
  if (halves !== false && given?.constructor === halves.constructor) return tensorOf(type, given);
  const data = newData(type.dtype, elementCount(type.dims));
  if (given?.constructor !== data.constructor || given.length !== data.length)
    throw new Error(`output ${name} is ${given?.constructor.name} of ${given?.length}`);
  data.set(given as never);
  return { type, data };
}

/**
 * The outputs of a run in memory that nothing has used, after other inputs have been through it, too. Throws
 * where that makes a difference of one bit.
 */
export function steadyRun(product: Product, inputs: Values): Map<string, Tensor> {
  const outputs = product.run(inputs);
  product.run(new Map([...inputs].map(([name, value]) => [name, reversed(value)])));
  for (const [name, { data }] of product.run(inputs)) {
    const first = outputs.get(name)!.data;
    const at = first.findIndex((element, i) => !Object.is(element, data[i]));
    if (at >= 0)
      throw new Error(`${name}: element ${at} is ${first[at]} in new memory, ${data[at]} later`);
  }
  return outputs;
}

/** Other values that are as good. */
function reversed({ type, data }: Tensor): Tensor {
  return { type, data: data.slice().reverse() };
}

/** Builds models for an engine, for what compares them with recorded values. */
export function productFor(engine: Engine): BuildModel {
  return async (definition, options) => {
    const product = await loadProduct(definition, engine, options);
    const names = product.result.program.inputs.map(({ name }) => name);
    return (inputs) => {
      // Inputs that decide shapes are bound to their values.
      const unbound = names.map((name) => [name, inputs.get(name)!] as const);
      return Promise.resolve(steadyRun(product, new Map(unbound)));
    };
  };
}
