/** onnxruntime as a peer: on WebAssembly, which most web pages run ONNX models with, and native, the yardstick of CPUs. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { InferenceSession, Tensor } from "onnxruntime-web";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { requirePeer, versionOfPeer } from "./installed.js";
import type { Arrays, Peer } from "./peer.js";
import { threadsText } from "./tilewright.js";

/** What both packages are. */
interface Runtime {
  readonly env: { wasm: { numThreads?: number }; logLevel?: "fatal" };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
}

function version(): string {
  const path = createRequire(import.meta.url).resolve("onnxruntime-web");
  const folder = path.slice(0, path.lastIndexOf("onnxruntime-web") + "onnxruntime-web".length);
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}

/** With so many threads as the first who asks wants: the library starts once. */
export async function onnxruntimeWeb(threads = 1): Promise<Peer> {
  const runtime = (await import("onnxruntime-web")) as unknown as Runtime;
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = "fatal";
  return peer(`onnxruntime-web${threadsText(threads)}`, version(), runtime, {
    logSeverityLevel: 4,
  });
}

/** Undefined, with a word on stderr, where the package has no binaries for this machine. */
export async function onnxruntimeNative(): Promise<Peer | undefined> {
  const name = "onnxruntime-node";
  try {
    const runtime = requirePeer(name) as Runtime;
    const threads = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential" };
    return peer(name, versionOfPeer(name), runtime, threads);
  } catch (error) {
    process.stderr.write(`SKIPPED: ${name} does not run here: ${String(error)}\n`);
    return undefined;
  }
}

/** Given the model as its author wrote it, with all of onnxruntime's own optimisations. */
function peer(name: string, of: string, runtime: Runtime, options: object): Peer {
  return {
    name,
    version: of,
    async prepare({ graph, onnx, inputs }) {
      const bytes = onnx ?? exportOnnx(graph);
      const session = await runtime.InferenceSession.create(bytes, options);
      const feeds = Object.fromEntries(
        graph.inputs.map((input) => {
          const { dims } = input.type;
          return [input.name, new runtime.Tensor("float32", inputs[input.name]!, dims)];
        }),
      );
      let last: Arrays = {};
      return {
        async run() {
          const results = await session.run(feeds);
          last = Object.fromEntries(
            Object.entries(results).map(([output, value]) => [output, value.data as Float32Array]),
          );
        },
        outputs: () => last,
        dispose: () => void session.release(),
      };
    },
  };
}
