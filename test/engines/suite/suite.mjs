/** Runs every module of manifest.json twice, in Node and in browsers alike, and gives the bits of its outputs. */

/** Values a 24-bit generator makes exactly, so that every engine starts from the same bits. */
export function inputsOf(specs, seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 8) / 2 ** 23 - 1) * 4;
  };
  return Object.fromEntries(
    specs.map(({ name, length }) => [name, Float32Array.from({ length }, next)]),
  );
}

const hex = (array) =>
  Array.from(new Uint32Array(array.slice().buffer), (word) => word.toString(16)).join(" ");

export function importModel(file) {
  return import(new URL(file, import.meta.url).href);
}

/** By model, and code where it is given: the outputs of two runs as hexadecimal words. */
export async function runSuite(manifest, options = {}) {
  const results = {};
  for (const { file, inputs, wasm } of manifest) {
    const code = wasm && { wasm: new URL(wasm, import.meta.url) };
    const model = await (await importModel(file)).load({ ...options, ...code });
    results[wasm ?? file] = [1, 2].map((seed) =>
      Object.entries(model.run(inputsOf(inputs, seed))).map(
        ([name, value]) => `${name} ${hex(value)}`,
      ),
    );
  }
  return results;
}
