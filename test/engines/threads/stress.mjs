/** Ten thousand runs on more threads than there are cores: each is right, and nothing grows. Wants --expose-gc. */
import { load } from "./net.js";
import { bits } from "./network.mjs";

const images = Array.from({ length: 8 }, (_, k) =>
  Float32Array.from({ length: 784 }, (_, i) => (((i + k) * 7919) % 255) / 255),
);
const [one, several] = await Promise.all([1, 7].map((threads) => load({ threads })));
while (several.threads < 7) await new Promise((resolve) => setTimeout(resolve, 5));
const logits = images.map((image) => one.run({ image }, { copy: true }).logits);
let wrong = new Set(logits.map((values) => bits({ logits: values }))).size === 8 ? 0 : 1;

const check = ({ logits: found }, k) => {
  for (let i = 0; i < found.length; i++) if (found[i] !== logits[k][i]) wrong++;
};
async function compute(runs) {
  for (let i = 0; i < runs; i++) check(several.run({ image: images[i % 8] }), i % 8);
  for (let i = 0; i < runs / 20; i++)
    check(await several.runAsync({ image: images[i % 8] }), i % 8);
}

const used = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
};
await compute(2000);
const before = used();
await compute(10_000);
process.stdout.write(JSON.stringify({ wrong, grown: used() - before, threads: several.threads }));
