/** A thread that starts late: by so many milliseconds as it is given. */
import { workerData } from "node:worker_threads";

Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.late);
await import(workerData.worker);
