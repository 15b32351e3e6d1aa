/** How much memory a build takes: some times the bytes of the model, and no more. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { elementCount, newData, type Tensor } from "../../compiler/base/tensor.js";
import { commandProcess } from "../support/commandProcess.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";

/** The file, its weights folded, packed and written, and what is not collected yet. */
const MOST_TIMES = 7;

const filled = (dims: readonly number[]): Tensor => ({
  type: { dtype: "f32", dims },
  data: newData("f32", elementCount(dims)).fill(0.01 as never),
});

/** Convolutions with batch norms: each weight is folded into another. */
function network(channels: number): Uint8Array {
  const layers = [0, 1, 2];
  const nodes = layers.flatMap((i): NodeText[] => [
    { op: "Conv", in: [`x${i}`, `w${i}`], out: [`c${i}`], attributes: { pads: [1, 1, 1, 1] } },
    { op: "BatchNormalization", in: [`c${i}`, "n", "n", "n", "n"], out: [`b${i}`] },
    { op: "Relu", in: [`b${i}`], out: [`x${i + 1}`] },
  ]);
  const weights = layers.map((i) => [`w${i}`, filled([channels, channels, 3, 3])] as const);
  return onnxModel({
    inputs: { x0: `f32[1,${channels},4,4]` },
    initializers: { ...Object.fromEntries(weights), n: filled([channels]) },
    nodes,
    outputs: ["x3"],
  });
}

it("is in proportion to the model", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memory-"));
  try {
    const build = async (name: string, channels: number) => {
      const path = join(folder, name);
      await writeFile(path, network(channels));
      const { code, stderr, bytes } = await commandProcess("build", path, "--out-dir", folder);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return { model: (await stat(path)).size, bytes };
    };
    const small = await build("small.onnx", 8);
    const large = await build("large.onnx", 640);
    const times = (large.bytes - small.bytes) / large.model;
    console.log(`${large.model} bytes of model took ${times.toFixed(1)} times that`);
    // Less would be no measurement: the file alone is as much, beside what the small build leaves uncollected.
    expect(times).toBeGreaterThan(0.5);
    expect(times).toBeLessThan(MOST_TIMES);
  } finally {
    await rm(folder, { recursive: true });
  }
});
