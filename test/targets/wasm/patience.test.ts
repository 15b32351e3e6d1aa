/** How long a thread looks for the pieces of others before it sleeps: less where that was in vain, more where it was not. */
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { printModule } from "../../../compiler/targets/wasm/module.js";
import { PHASE, phaseAddress } from "../../../compiler/targets/wasm/threads/control.js";
import { rows } from "../../loop/tiledKernels.js";
import { assemble } from "../../support/simd.js";

/** A run of two pieces, of which another thread has taken the second one. */
function halfTaken() {
  const { text, memory: layout } = printModule(
    {
      functions: [{ name: "rows", code: rows }],
      calls: [{ function: "rows", arguments: [0, 64], pieces: [2] }],
      phases: [[0]],
      ...{ constantBytes: 0, arenaBytes: 1024 },
    },
    "plain",
  );
  const exported = text.replace(/\)\n$/, '(export "patience" (global $thread.patience)))\n');
  const { pages } = layout;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const module = new WebAssembly.Module(assemble(exported));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { run, patience } = exports as {
    readonly run: (naps: number, again: number) => number;
    readonly patience: { readonly value: bigint };
  };
  const phase = phaseAddress(layout.threads!.control, 0);
  new BigInt64Array(memory.buffer, phase)[PHASE.taken / 8] = (1n << 32n) + 1n;
  return { run, memory, patience: () => Number(patience.value), done: phase + PHASE.done };
}

it("is halved down to a bound where a thread has to sleep, and doubled where it has not", async () => {
  const { run, memory, patience, done } = halfTaken();
  const found = [patience()];
  for (let again = 0; found.length < 6; again = 1) {
    expect(run(1, again)).not.toBe(0);
    found.push(patience());
  }
  expect(found).toEqual([320_000, 160_000, 80_000, 40_000, 20_000, 20_000]);
  const finish = `const { memory, done } = require("node:worker_threads").workerData;
    setTimeout(() => Atomics.add(new Int32Array(memory.buffer), done / 4, 1), 20);`;
  const worker = new Worker(finish, { eval: true, workerData: { memory, done } });
  // A thread that may not sleep looks on.
  expect(run(0, 1)).toBe(0);
  expect(patience()).toBe(40_000);
  await worker.terminate();
});
