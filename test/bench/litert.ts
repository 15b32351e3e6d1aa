/** LiteRT.js as a peer: XNNPACK on WebAssembly with relaxed SIMD where the engine has it, on one thread, channels last. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { peerFolder, versionOfPeer } from "./installed.js";
import { permuted } from "./layout.js";
import type { Arrays, Case, Peer, Prepared } from "./peer.js";
import { exportTflite, type WeightsType } from "./tflite/export.js";
import { channelsLast, toChannelsLast } from "./tflite/site.js";

const NAME = "@litertjs/core";

/** What we use of a tensor, a model and the library. */
interface LiteTensor {
  toTypedArray(): Float32Array;
  delete(): void;
}
interface CompiledModel {
  run(inputs: readonly LiteTensor[]): Promise<readonly LiteTensor[]>;
  delete(): void;
}
interface LiteRt {
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => LiteTensor;
  loadLiteRt(folder: string): Promise<unknown>;
  loadAndCompile(model: Uint8Array, options: object): Promise<CompiledModel>;
}

let loaded: Promise<LiteRt> | undefined;

/** Of weights in f32, or in int8 with activations that are quantised as they come. */
export function litert(weights: WeightsType = "f32"): () => Promise<Peer> {
  return async () => {
    const library = await (loaded ??= load());
    return {
      name: weights === "f32" ? "LiteRT.js" : `LiteRT.js ${weights}`,
      version: versionOfPeer(NAME),
      prepare: (one) => prepare(one, library, weights),
    };
  };
}

/** It expects a page or a worker, which loads scripts into its global scope: here they come from files. */
async function load(): Promise<LiteRt> {
  const folder = join(peerFolder, "node_modules", NAME);
  const scope = globalThis as Record<string, unknown>;
  // It tells what it finds of GPUs and delegates on stderr.
  const quiet = { print: () => undefined, printErr: () => undefined };
  const given = { self: globalThis, importScripts: runScript, Module: quiet };
  const before = Object.keys(given).filter((name) => name in scope);
  Object.assign(scope, given);
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const url = pathToFileURL(join(folder, "dist", "index.js"));
    const library = (await import(url.href)) as LiteRt;
    await library.loadLiteRt(join(folder, "wasm"));
    return library;
  } finally {
    console.warn = warn;
    for (const name of Object.keys(given)) if (!before.includes(name)) delete scope[name];
  }
}

/** As `require` runs a module, whatever the package says that it is. */
function runScript(path: string): void {
  const names = ["require", "module", "exports", "__filename", "__dirname"];
  const source = `(function (${names.join(", ")}) {${readFileSync(path, "utf8")}\n})`;
  const script = runInThisContext(source, { filename: path }) as (...given: unknown[]) => void;
  const module = { exports: {} };
  script(createRequire(path), module, module.exports, path, dirname(path));
  (globalThis as Record<string, unknown>)["ModuleFactory"] = module.exports;
}

/** Undefined where the model cannot be said in its format. */
async function prepare(
  { graph, inputs }: Case,
  { Tensor, loadAndCompile }: LiteRt,
  weights: WeightsType,
): Promise<Prepared | undefined> {
  const file = exportTflite(graph, weights);
  if (file === undefined) return undefined;
  const options = { accelerator: "wasm", cpuOptions: { numThreads: 1 } };
  const model = await loadAndCompile(file, options);
  const given = graph.inputs.map(({ name, type: { dims } }) => {
    const data = permuted(inputs[name]!, dims, channelsLast(dims.length));
    return new Tensor(data, toChannelsLast(dims));
  });
  let last: readonly Float32Array[] = [];
  return {
    async run() {
      const results = await model.run(given);
      last = results.map((result) => result.toTypedArray());
      for (const result of results) result.delete();
    },
    outputs: (): Arrays =>
      Object.fromEntries(
        graph.outputs.map(({ name, value }, i) => {
          const { dims } = typeOf(graph, value);
          const order = channelsLast(dims.length);
          const back = order.map((_, d) => order.indexOf(d));
          return [name, permuted(last[i]!, toChannelsLast(dims), back)];
        }),
      ),
    dispose() {
      for (const tensor of given) tensor.delete();
      model.delete();
    },
  };
}

function typeOf({ inputs, nodes }: Case["graph"], value: string) {
  return [...inputs, ...nodes].find(({ name }) => `%${name}` === value)!.type;
}
