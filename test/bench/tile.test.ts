/** What the table of kernels says of one: its tile, and what it multiplies. */
import { expect, it } from "vitest";
import { multiplyAdds, multiplyAddsOfKernel } from "../../compiler/analysis/multiplyAdds.js";
import { planModel } from "../../compiler/compile.js";
import { conv2d, model, relu, sequential, softmax } from "../../compiler/frontend/builder/index.js";
import { tileOf } from "./tile.js";

it("names what is unrolled and over lanes, and counts what kernels multiply", () => {
  const layer = conv2d({ inChannels: 16, outChannels: 16, kernelSize: 3, stride: 2, padding: 1 });
  const network = sequential([layer, relu(), softmax({ dim: 1 })]);
  const definition = model("small", { x: [1, 16, 24, 24] }, network);
  const { graph, program } = planModel(definition, { target: "wasm" });
  const counts = program.kernels.map(({ kernel }) => multiplyAddsOfKernel(kernel));
  expect(counts.filter((count) => count > 0)).toEqual([multiplyAdds(graph).total]);
  const layerOf = program.kernels.find(({ covers }) => covers.includes(graph.nodes[0]!.name))!;
  const [schedule] = layerOf.schedules;
  const size = (axis: string): number =>
    (schedule!.split[axis] ?? []).reduce((product, { factor }) => product * factor, 1);
  expect(tileOf(layerOf)).toBe(`${size("ow")} ow × ${size("oc")} oc`);
  expect([size("ow"), size("oc")]).toEqual([6, 8]);
});
