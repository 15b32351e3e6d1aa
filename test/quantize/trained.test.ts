/** A trained network from npm, quantised by lines of text that it meets, answers as before, and costs what the report says. */
import { readFileSync } from "node:fs";
import { decode } from "fast-png";
import { expect, it } from "vitest";
import { quantize, type Sample } from "../../compiler/index.js";
import { tensor } from "../../compiler/base/tensor.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { trainedModels } from "../support/trainedModels.js";
import { unlimited } from "../support/unlimited.js";

const model = trainedModels.find(({ name }) => name === "text direction")!;
const [, , HEIGHT, WIDTH] = model.dims as [number, number, number, number];
const AREA = HEIGHT * WIDTH;

/** Printed lines one below the other, in five fonts, each upright and upside down, from −1 to 1. */
function lines(): Sample[] {
  const { data, height } = decode(readFileSync(new URL("./lines.png", import.meta.url)));
  return Array.from({ length: (2 * height) / HEIGHT }, (_, i) => {
    const from = (i >> 1) * AREA;
    const x = Float32Array.from({ length: 3 * AREA }, (_, at) => {
      const pixel = i % 2 === 0 ? at % AREA : AREA - 1 - (at % AREA);
      return (data[from + pixel]! / 255 - 0.5) / 0.5;
    });
    return { inputs: { [model.input]: x }, label: i % 2 };
  });
}

it("keeps 99 of 100 first answers with options as they come, and recomputed they are as many", async () => {
  const all = lines();
  const [scales, held] = [all.filter((_, i) => i % 10 < 2), all.filter((_, i) => i % 10 >= 2)];
  const options = { ...unlimited(), shapes: { [model.input]: model.dims }, testSamples: held };
  const { onnx, report } = await quantize(model.read(), scales, options);
  const { name, classes, signalToNoise } = report.network.outputs[0]!;
  expect(classes!.vectors).toBe(held.length);
  expect(classes!.top1).toBeGreaterThanOrEqual(0.99 * held.length);

  const [f32, bytes] = [await openOnnx(model.bytes()), await openOnnx(onnx, "disabled")];
  let [same, right, signal, noise] = [0, 0, 0, 0];
  for (const { inputs, label } of held) {
    const given = new Map([[model.input, tensor("f32", model.dims, inputs[model.input]!)]]);
    const [want, got] = [await f32.run(given), await bytes.run(given)].map(
      (values) => values.get(name)!.data as Float32Array,
    ) as [Float32Array, Float32Array];
    const answer = ([first, second]: Float32Array): number => (second! > first! ? 1 : 0);
    if (answer(want) === answer(got)) same++;
    if (answer(got) === label) right++;
    want.forEach((value, i) => {
      signal += value * value;
      noise += (value - got[i]!) ** 2;
    });
  }
  await Promise.all([f32.release(), bytes.release()]);
  expect(classes!.top1).toBe(same);
  expect(report.network.labels).toMatchObject({ samples: held.length, quantized: right });
  expect(Math.abs(signalToNoise - 10 * Math.log10(signal / noise))).toBeLessThan(1);
  expect(report.bytes.quantized).toBe(onnx.length);
});
