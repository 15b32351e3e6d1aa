/** Trained networks as they are published: text direction, detection and recognition, against onnxruntime-web. */
import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../compiler/base/tensor.js";
import { tensor } from "../../compiler/base/tensor.js";
import { ENGINE_TARGETS } from "../support/engine.js";
import { importCompiled } from "../support/emitted.js";
import { runOnnx } from "../support/onnxRuntime.js";
import { trainedModels } from "../support/trainedModels.js";

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
  it.each(ENGINE_TARGETS)("agrees on %s", async (target) => {
    const { module } = await importCompiled(read(), { target, shapes: { [input]: dims } });
    const model = await module.load();
    const seen: number[] = [];
    for (const shift of [0, 37]) {
      const image = picture(dims, shift);
      const expected = await runOnnx(bytes(), new Map([[input, image]]));
      const outputs = model.run({ [input]: image.data });
      expect(Object.keys(outputs)).toEqual([...expected.keys()]);
      for (const [name, { data }] of expected) {
        const want = data as Float32Array;
        const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const got = outputs[name]!;
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
