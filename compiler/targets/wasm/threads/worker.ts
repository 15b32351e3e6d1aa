/** The file beside modules of several threads that each of their workers runs: the same for every model. */
import { CONTROL, MOST_NAPS } from "../../../../runtime/control.js";
import { hashBytes } from "../../../../runtime/hash.js";
import { partName, type Emission } from "../../../emit/emission.js";
import type { OutputFile } from "../../../emit/outputFile.js";

/** Runs in workers of browsers and of Node, as a module, as a script and where npm's default makes it CommonJS. */
const TEXT = `/* A thread of models that Tilewright built with --threads: the same for all of them. */
// @ts-nocheck
const { parentPort } = globalThis.process?.getBuiltinModule?.("node:worker_threads") ?? {};
const port = parentPort ?? globalThis;

port.onmessage = ({ data: { module, memory, control, thread } }) => {
  const { run, work } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  // Nobody is to wait for this thread any longer.
  const fail = () => Atomics.store(new Int32Array(memory.buffer), control / 4 + ${CONTROL.failed}, 1);
  const guard = (compute) => {
    try {
      return compute();
    } catch (error) {
      fail();
      throw error;
    }
  };
  port.onmessage = () => {
    if (guard(() => run(${MOST_NAPS}, 0)) !== 0) fail();
    port.postMessage("done");
  };
  port.postMessage("ready");
  if (thread === 0) return;
  guard(() => work(thread));
  port.close();
};
`;

/** The name of the file: `net.worker.js`, or with the hash of what is in it. */
export function workerFileName(emission: Pick<Emission, "name" | "contentNames">): string {
  return partName(emission, hashBytes(new TextEncoder().encode(TEXT)), "worker.js");
}

export function workerFile(emission: Pick<Emission, "name" | "contentNames">): OutputFile {
  return { path: workerFileName(emission), content: TEXT };
}
