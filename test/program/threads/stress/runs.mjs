/**
 * So many runs of networks on more threads than there are cores, which start late and pause at random: prints how many
 * were wrong, and how many threads took part at most. A new model for every few runs.
 */
import { readFileSync } from "node:fs";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const THREADS = 7;
const RUNS_OF_A_MODEL = 250;
const LATE_MS = 60;

const [runs, seed, ...names] = process.argv.slice(2);
let state = Number(seed) >>> 0;
/** 0 to 1. */
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const beside = (name) => new URL(name, import.meta.url);
let [wrong, most] = [0, 0];
for (const name of names) {
  const { create, load } = await import(beside(`${name}.js`));
  const sizes = JSON.parse(readFileSync(beside(`${name}.json`), "utf8"));
  const given = Array.from({ length: 4 }, () =>
    Object.fromEntries(
      sizes.map(([input, size]) => [
        input,
        Float32Array.from({ length: size }, () => random() - 0.5),
      ]),
    ),
  );
  const one = await load({ threads: 1 });
  const expected = given.map((inputs) => one.run(inputs, { copy: true }));
  const check = (outputs, i) => {
    for (const [output, values] of Object.entries(expected[i]))
      if (
        Buffer.compare(Buffer.from(values.buffer), Buffer.from(outputs[output].slice().buffer)) !==
        0
      )
        wrong++;
  };
  const paused = new WebAssembly.Module(readFileSync(beside(`${name}.paused.wasm`)));
  const worker = () =>
    new Worker(beside("lateWorker.mjs"), {
      workerData: { late: LATE_MS * random(), worker: beside(`${name}.worker.js`).href },
    });
  for (let left = Number(runs); left > 0; left -= RUNS_OF_A_MODEL) {
    const model = create(undefined, paused, { threads: THREADS, verify: false, worker });
    const count = Math.min(left, RUNS_OF_A_MODEL);
    for (let i = 0; i < count; i++) {
      // Half of the runs as threads come, half with all of them.
      while (i >= count / 2 && model.threads < THREADS) await sleep(1);
      // Now and then workers are heard, or another thread computes in this one's place.
      if (random() < 0.05) check(await model.runAsync(given[i % 4]), i % 4);
      else check(model.run(given[i % 4]), i % 4);
      if (random() < 0.2) await turn();
      most = Math.max(most, model.threads);
    }
    model.dispose();
  }
}
process.stdout.write(JSON.stringify({ wrong, most }));
