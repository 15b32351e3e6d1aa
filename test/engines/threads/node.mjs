/** The network by several numbers of threads, two of them at once; ends by itself, whether or not models are disposed of. */
import { create, load } from "./net.js";
import { compute } from "./network.mjs";

const all = [];
for (const threads of [1, 2, 3, 7]) all.push(await compute(load, threads));
const two = await Promise.all([2, 3].map((threads) => compute(load, threads)));
// A run that is not waited for keeps the program alive from the beginning, while threads are on their way.
const early = create(undefined, undefined, { threads: 2 });
const { logits } = await early.runAsync({ image: new Float32Array(784) });
if (logits.length !== 10) throw new Error(`${logits.length} logits`);
const late = await compute(async (options) => create(undefined, undefined, options), 2);
const models = [early, ...[...all, ...two, late].map(({ model }) => model)];
if (process.argv[2] === "dispose") for (const model of models) model.dispose();
const results = [...all, ...two, late].map(({ threads, seen }) => ({ threads, seen }));
process.stdout.write(JSON.stringify(results));
