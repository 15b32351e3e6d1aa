/** LiteRT.js as a peer: XNNPACK on WebAssembly with relaxed SIMD where the engine has it, on one thread, channels last. */
import { join } from "node:path";
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
  loadAndCompile(model: Uint8Array, options: object): Promise<CompiledModel>;
}

let loaded: Promise<LiteRt> | undefined;

/**
 * Of weights in f32, or in int8 with activations that are quantised as they come; with `moves` every run takes
 * inputs from arrays as well, as it gives outputs out.
 */
export function litert(weights: WeightsType = "f32", moves = false): () => Promise<Peer> {
  return async () => {
    const library = await (loaded ??= load());
    return {
      name: weights === "f32" ? "LiteRT.js" : `LiteRT.js ${weights}`,
      version: versionOfPeer(NAME),
      prepare: (one) => prepare(one, library, weights, moves),
    };
  };
}

export const litertFolder = join(peerFolder, "node_modules", NAME);

async function load(): Promise<LiteRt> {
  const loader = new URL("./startup/loadLitert.mjs", import.meta.url);
  const { loadLitert } = (await import(loader.href)) as {
    loadLitert(folder: string): Promise<LiteRt>;
  };
  return loadLitert(litertFolder);
}

/** Undefined where the model cannot be said in its format. */
async function prepare(
  { graph, inputs }: Case,
  { Tensor, loadAndCompile }: LiteRt,
  weights: WeightsType,
  moves: boolean,
): Promise<Prepared | undefined> {
  const file = exportTflite(graph, weights);
  if (file === undefined) return undefined;
  const options = { accelerator: "wasm", cpuOptions: { numThreads: 1 } };
  const model = await loadAndCompile(file, options);
  const arrays = graph.inputs.map(({ name, type: { dims } }) => ({
    data: permuted(inputs[name]!, dims, channelsLast(dims.length)),
    shape: toChannelsLast(dims),
  }));
  const give = (): LiteTensor[] => arrays.map(({ data, shape }) => new Tensor(data, shape));
  const given = give();
  let last: readonly Float32Array[] = [];
  return {
    async run() {
      const tensors = moves ? give() : given;
      const results = await model.run(tensors);
      if (moves) for (const tensor of tensors) tensor.delete();
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
