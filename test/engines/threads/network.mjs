/** What every thread of every engine is asked for: bits of the network's outputs. */
const image = Float32Array.from({ length: 784 }, (_, i) => ((i * 7919) % 255) / 255);

export const bits = ({ logits }) => [...new Uint32Array(logits.slice().buffer)].join(" ");

/** Of runs that are waited for and runs that are not, once all workers are there. */
export async function compute(load, threads) {
  const model = await load({ threads });
  for (let i = 0; i < 1000 && model.threads < threads; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const here = Array.from({ length: 20 }, () => bits(model.run({ image })));
  const others = await Promise.all(Array.from({ length: 5 }, () => model.runAsync({ image })));
  const seen = new Set([...here, ...others.map(bits)]);
  return { model, threads: model.threads, seen: [...seen] };
}
