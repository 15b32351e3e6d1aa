/** LeNet-5, quantised from 100 of its digits: reads as before, in onnxruntime-web as here, and costs what the report says. */
import { beforeAll, describe, expect, it } from "vitest";
import { quantize, type QuantizeResult } from "../../compiler/index.js";
import { tensor, type Tensor } from "../../compiler/base/tensor.js";
import { decodeModel } from "../../compiler/onnx/decode.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { exportOnnx } from "../../compiler/onnx-export/export.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { digits, trainedLenet5 } from "../support/digits.js";
import { openOnnx } from "../support/onnxRuntime.js";
import { loadProduct } from "../support/product.js";

const all = digits();
let result: QuantizeResult;
/** Logits by engine: of f32 and of bytes in onnxruntime-web, without its fusions and with them, and of bytes here. */
const logits = {
  f32: [] as Float32Array[],
  plain: [] as Float32Array[],
  fused: [] as Float32Array[],
  own: [] as Float32Array[],
};

beforeAll(async () => {
  const model = trainedLenet5();
  result = await quantize(model, all.slice(0, 100), { testSamples: all });
  const f32 = await openOnnx(exportOnnx(inferShapes(model)));
  const plain = await openOnnx(result.onnx, "disabled");
  const fused = await openOnnx(result.onnx, "all");
  const own = await loadProduct(readOnnx(result.onnx), "ts");
  for (const { inputs } of all) {
    const given = new Map([["image", tensor("f32", [1, 1, 28, 28], inputs["image"]!)]]);
    const read = (values: ReadonlyMap<string, Tensor>) =>
      (values.get("logits")!.data as Float32Array).slice();
    logits.f32.push(read(await f32.run(given)));
    logits.plain.push(read(await plain.run(given)));
    logits.fused.push(read(await fused.run(given)));
    logits.own.push(read(own.run(given)));
  }
  for (const session of [f32, plain, fused]) await session.release();
});

const order = (values: Float32Array): number[] =>
  [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);

/** How many there are for which both say the same. */
const alike = (
  a: readonly Float32Array[],
  b: readonly Float32Array[],
  of: (one: Float32Array) => string,
) => a.filter((one, i) => of(one) === of(b[i]!)).length;

const first = (values: Float32Array): string => String(order(values)[0]);
const firstFive = (values: Float32Array): string => order(values).slice(0, 5).sort().join();

describe("LeNet-5 from 100 digits", () => {
  it("reads at least 493 of 500 in every engine", () => {
    for (const engine of [logits.plain, logits.fused, logits.own])
      expect(
        all.filter(({ label }, i) => first(engine[i]!) === String(label)).length,
      ).toBeGreaterThanOrEqual(493);
  });

  it("is the same here as in onnxruntime-web", () => {
    for (const theirs of [logits.plain, logits.fused]) {
      expect(alike(logits.own, theirs, first)).toBeGreaterThanOrEqual(499);
      const off = logits.own.map((own, i) =>
        Math.max(...own.map((v, k) => Math.abs(v - theirs[i]![k]!))),
      );
      // A value that lies between two bytes may become the other one.
      expect(off.filter((one) => one < 1e-4).length).toBeGreaterThanOrEqual(480);
      expect(Math.max(...off)).toBeLessThan(1);
    }
  });

  it("costs what the report says", () => {
    const { network, bytes, samples } = result.report;
    const { signalToNoise, classes, error, relative, values } = network.outputs[0]!;
    const [signal, noise] = [0, 1].map((which) =>
      logits.f32.reduce(
        (sum, want, i) =>
          sum +
          want.reduce(
            (s, v, k) => s + (v - which * 0 - (which === 0 ? 0 : logits.plain[i]![k]!)) ** 2,
            0,
          ),
        0,
      ),
    ) as [number, number];
    expect(signalToNoise).toBeCloseTo(10 * Math.log10(signal / noise), 1);
    const largest = Math.max(
      ...logits.f32.map((want, i) =>
        Math.max(...want.map((v, k) => Math.abs(v - logits.plain[i]![k]!))),
      ),
    );
    expect(error).toBeCloseTo(largest, 1);
    expect(values).toBe(5000);
    expect(relative).toBeCloseTo(largest / Math.sqrt(signal / 5000), 1);
    expect(classes).toEqual({
      vectors: 500,
      top1: alike(logits.f32, logits.plain, first),
      top5: alike(logits.f32, logits.plain, firstFive),
    });
    const right = (engine: readonly Float32Array[]): number =>
      all.filter(({ label }, i) => first(engine[i]!) === String(label)).length;
    expect(network.labels).toEqual({
      samples: 500,
      f32: right(logits.f32),
      quantized: right(logits.plain),
    });
    expect(samples).toEqual({ calibration: 100, test: 500, from: "test-data" });
    expect(bytes.quantized).toBe(result.onnx.length);
    expect(bytes.quantized / bytes.f32).toBeLessThan(0.3);
  });

  it("is layers between DequantizeLinear and QuantizeLinear, without activations", () => {
    const ops = decodeModel(result.onnx).graph!.node.map(({ opType }) => opType);
    const layers = ops.filter(
      (op) =>
        !op.endsWith("quantizeLinear") &&
        !op.endsWith("QuantizeLinear") &&
        op !== "DequantizeLinear",
    );
    expect(layers).toEqual([
      "Conv",
      "MaxPool",
      "Conv",
      "MaxPool",
      "Conv",
      "Flatten",
      "Gemm",
      "Gemm",
    ]);
    expect(ops.filter((op) => op === "QuantizeLinear").length).toBe(8);
    const names = result.report.layers.map(({ name, range }) => [name, range === undefined]);
    expect(names).toEqual([
      ["conv1", false],
      ["conv2", false],
      ["conv3", false],
      ["fc1", false],
      ["fc2", true],
    ]);
    for (const { alone, inNetwork } of result.report.layers) {
      expect(alone!.signalToNoise).toBeGreaterThan(35);
      expect(inNetwork.signalToNoise).toBeGreaterThan(30);
    }
  });
});
