/** Compiles a model and runs what was emitted as an application does, in memory that holds NaN before the first run. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformWithOxc } from "vite";
import { afterAll } from "vitest";
import { compile, type CompileOptions, type CompileResult } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import {
  elementCount,
  newData,
  type Tensor,
  type TensorData,
  type TensorType,
} from "../../compiler/base/tensor.js";
import * as runtime from "../../runtime/index.js";

export type Values = ReadonlyMap<string, Tensor>;

/** A compiled model that `load` of its own module made. */
export interface Product {
  readonly result: CompileResult;
  /** Throws where the module's outputs are not what its types say. The values are copies. */
  run(inputs: Values): Map<string, Tensor>;
}

interface Module {
  load(): Promise<{ run(inputs: object): object }>;
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

let folder: Promise<string> | undefined;
let count = 0;

/** A folder of modules in which `tilewright/runtime` is found as an installed package is. */
async function createFolder(): Promise<string> {
  (globalThis as { [RUNTIME]?: typeof runtime })[RUNTIME] = dirtyRuntime;
  const path = await mkdtemp(join(tmpdir(), "product-"));
  const packaged = join(path, "node_modules", "tilewright");
  await mkdir(packaged, { recursive: true });
  const description = { type: "module", exports: { "./runtime": "./runtime.js" } };
  const names = Object.keys(runtime).join(", ");
  await writeFile(join(packaged, "package.json"), JSON.stringify(description));
  await writeFile(
    join(packaged, "runtime.js"),
    `export const { ${names} } = globalThis[Symbol.for("tilewright.test.runtime")];\n`,
  );
  await writeFile(join(path, "package.json"), `{ "type": "module" }`);
  return path;
}

afterAll(async () => {
  if (folder !== undefined) await rm(await folder, { recursive: true });
  folder = undefined;
});

/** Compiles, writes the files, imports the module and loads it. */
export async function loadProduct(
  definition: Definition,
  options: CompileOptions = {},
): Promise<Product> {
  const result = await compile(definition, options);
  const model = await loadFiles(result.files);
  const types = result.program.outputs;
  return {
    result,
    run: (inputs) => {
      const given = Object.fromEntries([...inputs].map(([name, { data }]) => [name, data]));
      const outputs = new Map(Object.entries(model.run(given)));
      if (outputs.size !== types.length) throw new Error(`${outputs.size} outputs`);
      return new Map(types.map(({ name, type }) => [name, copyOf(outputs.get(name), type, name)]));
    },
  };
}

/** TypeScript is stripped of its types; weights and WebAssembly lie beside it while it loads. */
async function loadFiles(files: CompileResult["files"]): Promise<{ run(inputs: object): object }> {
  folder ??= createFolder();
  const own = join(await folder, String(count++));
  await mkdir(own);
  for (const { path, content } of files) {
    const isSource = path.endsWith(".ts");
    const target = join(own, isSource ? path.replace(/\.ts$/, ".js") : path);
    const code = isSource ? (await transformWithOxc(content as string, path)).code : content;
    await writeFile(target, code);
  }
  const [module] = files.map(({ path }) => join(own, path.replace(/\.ts$/, ".js")));
  const { load } = (await import(/* @vite-ignore */ pathToFileURL(module!).href)) as Module;
  const model = await load();
  await rm(own, { recursive: true });
  return model;
}

function copyOf(output: unknown, type: TensorType, name: string): Tensor {
  const data = newData(type.dtype, elementCount(type.dims));
  const given = output as TensorData | undefined;
  if (given?.constructor !== data.constructor || given.length !== data.length)
    throw new Error(`output ${name} is ${given?.constructor.name} of ${given?.length}`);
  data.set(given as never);
  return { type, data };
}
