/**
 * How far two cores are from each other, over two seconds: `node --import jiti/register test/bench/roundTrip.ts`. The
 * nanoseconds in which a word goes to another thread and an answer comes back. A virtual machine's cores are sometimes on
 * one cache and sometimes on two, as its host has them: what threads give small networks is half of it then.
 */
import { Worker } from "node:worker_threads";
import { quantile } from "./statistics.js";

const TRIPS = 20_000;
const SAMPLES = 60;
/** Words in different lines of the cache. */
const [CALL, ANSWER] = [0, 32];

const words = new Int32Array(new SharedArrayBuffer(256));
const source = `const { workerData: words, parentPort } = require("node:worker_threads");
  parentPort.postMessage(1);
  for (let known = 0; ;) {
    const call = Atomics.load(words, ${CALL});
    if (call < 0) break;
    if (call !== known) Atomics.store(words, ${ANSWER}, (known = call));
  }`;
const worker = new Worker(source, { eval: true, workerData: words });
await new Promise((resolve) => worker.once("message", resolve));
const samples: number[] = [];
for (let call = 0; samples.length < SAMPLES;) {
  const start = performance.now();
  for (let i = 0; i < TRIPS; i++) {
    Atomics.store(words, CALL, ++call);
    while (Atomics.load(words, ANSWER) !== call);
  }
  samples.push(((performance.now() - start) * 1e6) / TRIPS);
  await new Promise((resolve) => setTimeout(resolve, 30));
}
Atomics.store(words, CALL, -1);
const [low, middle, high] = [0.1, 0.5, 0.9].map((at) => quantile(samples, at).toFixed(0));
console.log(
  `a round trip between two threads: ${middle} ns (${low} to ${high}), ${process.version}`,
);
