/** Trained networks as they are published: text direction, detection and recognition, against onnxruntime-web. */
import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import { describe, expect, it, vi } from "vitest";
import type { Tensor } from "../../compiler/base/tensor.js";
import { tensor } from "../../compiler/base/tensor.js";
import { ENGINES } from "../support/engine.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";
import { trainedModels } from "../support/trainedModels.js";

// Large modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** The first, and the fastest. */
const engines = [...new Set([ENGINES[0]!, ENGINES.at(-1)!])];

const line = decode(
  readFileSync(new URL("../../examples/textDirection/line.png", import.meta.url)),
);

/** A line of text on its paper, moved by some pixels: probabilities of text are not near 0 then. */
function picture(dims: readonly number[], shift: number): Tensor {
  const [, , height, width] = dims as [number, number, number, number];
  const top = Math.floor((height - line.height) / 2);
  const values = Array.from({ length: 3 * height * width }, (_, i) => {
    const y = Math.min(line.height - 1, Math.max(0, (Math.floor(i / width) % height) - top));
    const x = ((i % width) + shift) % line.width;
    const c = Math.floor(i / (height * width));
    return (line.data[(y * line.width + x) * line.channels + c]! / 255 - 0.5) / 0.5;
  });
  return tensor("f32", dims, values);
}

describe.each(trainedModels)("$name", ({ bytes, read, input, dims }) => {
  it.each(engines)("agrees on %s", async (engine) => {
    const product = await loadProduct(read(), engine, { shapes: { [input]: dims } });
    const seen: number[] = [];
    for (const shift of [0, 37]) {
      const image = picture(dims, shift);
      const expected = await runOnnx(bytes(), new Map([[input, image]]));
      const outputs = product.run(new Map([[input, image]]));
      expect([...outputs.keys()]).toEqual([...expected.keys()]);
      for (const [name, { data }] of expected) {
        const want = data as Float32Array;
        const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const got = outputs.get(name)!.data;
        const worst = want.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - Number(got[i]))),
          0,
        );
        expect(got.length).toBe(want.length);
        expect(worst).toBeLessThanOrEqual(1e-4 * largest);
        seen.push(want.reduce((sum, value) => sum + value * value, 0));
      }
    }
    expect(seen[0]).not.toBe(seen[1]);
  });
});
