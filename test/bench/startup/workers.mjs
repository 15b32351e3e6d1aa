/** A process that does nothing but load a built module of several threads; arguments: its folder, a clock, and how many threads. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { clockOf } from "./clock.mjs";

const [, , folder, clock, threads] = process.argv;
const now = clockOf(clock);
const start = now();
const { load } = await import(pathToFileURL(join(folder, "model.js")).href);
const model = await load({ threads: Number(threads) });
const loaded = now() - start;
const ready = model.threads - 1;
while (model.threads < threads) await new Promise((resolve) => setTimeout(resolve, 1));
process.stdout.write(JSON.stringify({ loaded, ready, all: now() - start }));
