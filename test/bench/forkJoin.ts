/**
 * What handing out a kernel and waiting for it costs: `node --import jiti/register test/bench/forkJoin.ts`. A thousand
 * kernels, of two pieces of some microseconds each, on one thread and on two that both run: what two take longer than
 * half of what one takes.
 */
import { Worker } from "node:worker_threads";
import type { KernelFunction, Value } from "../../compiler/loop/stmt.js";
import { loadAssembler } from "../../compiler/targets/wasm/assemble.js";
import { printModule } from "../../compiler/targets/wasm/module.js";
import { CONTROL } from "../../compiler/targets/wasm/threads/control.js";

const KERNELS = 1000;
const RUNS = 300;

const number = (value: number): Value => ({ kind: "constant", dtype: "i32", lanes: 1, value });
const register = (name: string): Value => ({ kind: "register", dtype: "i32", lanes: 1, name });

const sum = (left: Value, right: Value): Value => ({
  ...{ kind: "binary", dtype: "i32", lanes: 1, op: "add" },
  ...{ left, right },
});
const product = (left: Value, factor: number): Value => ({
  ...{ kind: "binary", dtype: "i32", lanes: 1, op: "mul" },
  ...{ left, right: number(factor) },
});

/** Of a tile. */
const STORES = 4000;

/** Two tiles of stores to one word each. */
const code: KernelFunction = {
  summary: "nothing",
  parameters: [{ name: "out", source: "out", dtype: "i32", space: "arena" }],
  tiles: 2,
  body: [
    {
      ...{ kind: "for", variable: "i", from: 0, to: 2, step: 1, tiles: { first: 0 } },
      body: [
        {
          ...{ kind: "for", variable: "j", from: 0, to: STORES, step: 1 },
          body: [
            {
              kind: "store",
              memory: { dtype: "i32", space: "arena" },
              address: sum(register("out"), product(register("i"), 64)),
              value: register("j"),
            },
          ],
        },
      ],
    },
  ],
};

const calls = Array.from({ length: KERNELS }, () => ({
  function: "nothing",
  arguments: [0],
  pieces: [2],
}));
const { text, memory: layout } = printModule(
  {
    functions: [{ name: "nothing", code }],
    calls,
    phases: calls.map((_, position) => [position]),
    constantBytes: 0,
    arenaBytes: 1024,
  },
  "plain",
);
const module = new WebAssembly.Module((await loadAssembler())(text));

/** Microseconds a kernel, the median of all runs. */
async function measure(threads: number): Promise<number> {
  const { pages } = layout;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const words = new Int32Array(memory.buffer, layout.threads!.control);
  Atomics.store(words, CONTROL.invited / 4, threads);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const source = `const { workerData: { module, memory }, parentPort } = require("node:worker_threads");
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    parentPort.postMessage(1);
    exports.work(1);`;
  if (threads > 1) {
    const worker = new Worker(source, { eval: true, workerData: { module, memory } });
    await new Promise((resolve) => worker.once("message", resolve));
    worker.unref();
  }
  const run = exports["run"] as (mayWait: number) => void;
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run(1);
    return (1000 * (performance.now() - start)) / KERNELS;
  });
  Atomics.store(words, CONTROL.stop / 4, 1);
  Atomics.notify(words, CONTROL.epoch / 4);
  return times.sort((a, b) => a - b)[RUNS / 2]!;
}

const [one, two] = [await measure(1), await measure(2)];
console.log(
  `${one.toFixed(2)} µs on one thread, ${two.toFixed(2)} on two: ${(two - one / 2).toFixed(2)} µs for handing out and waiting (${process.version})`,
);
