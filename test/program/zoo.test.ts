/** Every example network has exactly torchvision's learnable parameters and output shape. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import alexnet from "../../examples/alexnet.js";
import googlenet from "../../examples/googlenet.js";
import mobilenetV2 from "../../examples/mobilenetV2.js";
import networkInNetwork from "../../examples/networkInNetwork.js";
import resnet18 from "../../examples/resnet18.js";
import resnet50 from "../../examples/resnet50.js";
import squeezenet1_1 from "../../examples/squeezenet1_1.js";
import vgg11 from "../../examples/vgg11.js";
import { printSummary, summarizeGraph } from "../../compiler/analysis/summary.js";
import { conv2d, model } from "../../compiler/graph/builder/index.js";
import { inferShapes } from "../../compiler/passes/inferShapes.js";

interface Entry {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parameters: number;
  readonly conv_and_linear_multiply_adds: number;
}

const zoo = JSON.parse(readFileSync(new URL("../zoo.json", import.meta.url), "utf8")) as Record<
  string,
  Entry
>;

const networks = [alexnet, vgg11, squeezenet1_1, googlenet, resnet18, resnet50, mobilenetV2];

describe("example networks", () => {
  it.each(networks.map((definition) => [definition.name, definition] as const))(
    "%s",
    (name, definition) => {
      const entry = zoo[name]!;
      const graph = inferShapes(definition, {});
      expect(graph.inputs[0]!.type.dims).toEqual(entry.input);
      const output = graph.nodes.find(({ name: node }) => `%${node}` === graph.outputs[0]!.value)!;
      expect(output.type.dims).toEqual(entry.output);
      const summary = summarizeGraph(graph);
      expect(summary.parameters).toBe(entry.parameters);
      expect(summary.multiplyAddsWithWeights).toBe(entry.conv_and_linear_multiply_adds);
    },
  );

  it("network in network ends in one number a class", () => {
    const graph = inferShapes(networkInNetwork, {});
    const output = graph.nodes.find(({ name }) => `%${name}` === graph.outputs[0]!.value)!;
    expect(output.type.dims).toEqual([1, 10]);
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
      { size: 5, stride: 1, start: -2 },
      { size: 5, stride: 1, start: -2 },
    ]);
    expect(printSummary(summary)).toContain("768,000");
  });
});
