/** A process that runs a built module over and over and says what memory it has; arguments: its folder, how many runs. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , folder, count] = process.argv;
const runs = Number(count);
const SAMPLES = 40;
const { load } = await import(pathToFileURL(join(folder, "model.js")).href);
const model = await load();
const image = new Float32Array(28 * 28);
/** Another image each time, with period 251. */
const draw = (i) => {
  for (let p = 0; p < image.length; p++) image[p] = ((p * 31 + (i % 251) * 17) % 255) / 255;
};
const bits = (i) => {
  draw(i);
  return Array.from(new Uint32Array(Object.values(model.run({ image }, { copy: true }))[0].buffer));
};

const first = bits(0);
const inputs = { image };
const start = performance.now();
for (let sample = 0, done = 0; sample <= SAMPLES; sample++) {
  for (const end = Math.round((runs * sample) / SAMPLES); done < end; done++) {
    if (done % 64 === 0) draw(done);
    model.run(inputs);
  }
  globalThis.gc();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  console.log(JSON.stringify({ runs: done, rss, heapUsed, external, arrayBuffers }));
}
const same = String(bits(0)) === String(first);
console.log(JSON.stringify({ same, seconds: (performance.now() - start) / 1000 }));
