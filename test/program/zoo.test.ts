/** Every example network has exactly the published learnable parameters, multiply-adds and output shape. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { networks } from "../../examples/index.js";
import { summarizeGraph } from "../../compiler/analysis/summary.js";
import { printSummary } from "../../compiler/analysis/summaryTable.js";
import { conv2d, model } from "../../compiler/frontend/builder/index.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";

interface Entry {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parameters: number;
  readonly conv_and_linear_multiply_adds: number;
}

/** torchvision's networks, counted by torchvision. */
const zoo = JSON.parse(readFileSync(new URL("../zoo.json", import.meta.url), "utf8")) as Record<
  string,
  Entry
>;

/** Networks that are not torchvision's: shapes, and parameters as published where they are. */
const others: Readonly<Record<string, Omit<Entry, "conv_and_linear_multiply_adds">>> = {
  lenet5: { input: [1, 1, 28, 28], output: [1, 10], parameters: 61_706 },
  network_in_network: { input: [1, 3, 32, 32], output: [1, 10], parameters: 966_986 },
  // PyTorch Hub, mateuszbuda/brain-segmentation-pytorch.
  unet: { input: [1, 3, 256, 256], output: [1, 1, 256, 256], parameters: 7_763_041 },
  // PyTorch's tutorial "Speech command classification with torchaudio".
  m5: { input: [1, 1, 8000], output: [1, 1, 35], parameters: 26_915 },
};

function outcome(definition: Definition) {
  const graph = inferShapes(definition, {});
  const output = graph.nodes.find(({ name }) => `%${name}` === graph.outputs[0]!.value)!;
  const { parameters, multiplyAddsWithWeights } = summarizeGraph(graph);
  return {
    input: graph.inputs[0]!.type.dims,
    output: output.type.dims,
    parameters,
    conv_and_linear_multiply_adds: multiplyAddsWithWeights,
  };
}

describe("example networks", () => {
  it.each(Object.keys(zoo))("%s counts as torchvision does", (name) => {
    const network = networks.find((one) => one.name === name)!;
    expect(outcome(network.create())).toEqual(zoo[name]);
  });

  it.each(Object.keys(others))("%s has the published parameters", (name) => {
    const network = networks.find((one) => one.name === name)!;
    expect(outcome(network.create())).toMatchObject(others[name]!);
  });

  it("are all in the list, each file with its full network as default export", async () => {
    const folder = new URL("../../examples/", import.meta.url);
    for (const { name, file, create } of networks) {
      expect(Object.keys({ ...zoo, ...others })).toContain(name);
      const { default: definition } = (await import(new URL(file, folder).href)) as {
        default: Definition;
      };
      expect(definition.name).toBe(name);
      expect(definition).toEqual(create());
    }
    const outer = ["index.ts", "layers.ts", "look.ts", "options.ts", "resnet.ts"];
    const files = readdirSync(folder, { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `${entry.name}/model.ts` : entry.name,
    );
    const models = files.filter(
      (file) => !outer.includes(file) && existsSync(new URL(file, folder)),
    );
    expect(networks.map(({ file }) => file).sort()).toEqual(models.sort());
  });

  it("the lecture's example: ten 5×5 filters with padding 2 on 3×32×32", () => {
    const layer = conv2d({ inChannels: 3, outChannels: 10, kernelSize: 5, padding: 2 });
    const summary = summarizeGraph(
      inferShapes(model("example", { image: [1, 3, 32, 32] }, layer), {}),
    );
    expect(summary.layers[0]!.dims).toEqual([1, 10, 32, 32]);
    expect(summary.parameters).toBe(760);
    expect(summary.multiplyAdds).toBe(768_000);
    expect(summary.layers[0]!.receptiveFields[0]!.axes).toEqual([
      { dim: 2, size: 5, stride: 1, start: -2 },
      { dim: 3, size: 5, stride: 1, start: -2 },
    ]);
    expect(printSummary(summary)).toContain("768,000");
  });
});
