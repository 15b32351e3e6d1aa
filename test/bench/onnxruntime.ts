/** onnxruntime-web on WebAssembly with one thread: the engine that most web pages run ONNX models with. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { exportOnnx } from "../../compiler/onnx/export.js";
import type { Arrays, Peer } from "./peer.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

function version(): string {
  const path = createRequire(import.meta.url).resolve("onnxruntime-web");
  const folder = path.slice(0, path.lastIndexOf("onnxruntime-web") + "onnxruntime-web".length);
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}

/** Given the model as its author wrote it, with all of onnxruntime's own optimisations. */
export async function onnxruntimeWeb(): Promise<Peer> {
  return {
    name: "onnxruntime-web",
    version: version(),
    async prepare({ graph, inputs }) {
      const session = await ort.InferenceSession.create(exportOnnx(graph));
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, type }) => [
          name,
          new ort.Tensor("float32", inputs[name]!, type.dims),
        ]),
      );
      let last: Arrays = {};
      return {
        async run() {
          const results = await session.run(feeds);
          last = Object.fromEntries(
            Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]),
          );
        },
        outputs: () => last,
        dispose: () => void session.release(),
      };
    },
  };
}
