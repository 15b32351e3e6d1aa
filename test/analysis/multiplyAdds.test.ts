/** Multiply-adds and parameters against the formulas of textbooks. */
import { describe, expect, it } from "vitest";
import { multiplyAdds } from "../../compiler/analysis/multiplyAdds.js";
import { summarizeGraph } from "../../compiler/analysis/summary.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";

function countOf(input: string, node: string, weights: string): ReturnType<typeof multiplyAdds> {
  const text = `model m(%x: f32[${input}]) {\n  %y = ${node}\n  return y = %y\n}\n${weights}`;
  return multiplyAdds(inferShapes(parseDefinition(text)));
}

const seeded = (name: string, dims: string): string =>
  `@${name} : f32[${dims}] = seed 1 center 0 spread 1\n`;

describe("multiply-adds", () => {
  it.each<readonly [string, string, string, string, number]>([
    ["a convolution", "2,3,8,8", "conv(%x, @w)", seeded("w", "5,3,3,3"), 2 * 5 * 6 * 6 * 3 * 9],
    ["its groups", "1,6,8,8", "conv(%x, @w) {groups=3}", seeded("w", "9,2,3,3"), 9 * 6 * 6 * 2 * 9],
    [
      "a depthwise one, strided",
      "1,6,9,9",
      "conv(%x, @w) {groups=6, strides=[2,2], pads=[1,1,1,1]}",
      seeded("w", "6,1,3,3"),
      6 * 5 * 5 * 9,
    ],
    ["three dimensions", "1,2,4,5,6", "conv(%x, @w)", seeded("w", "3,2,2,2,2"), 3 * 3 * 4 * 5 * 16],
    ["a linear layer", "4,10", "matmul(%x, @w) {axis=1}", seeded("w", "7,10"), 4 * 7 * 10],
    ["what a recurrent layer carries", "5,2,12", "lstm(%x, @w)", seeded("w", "12,3"), 5 * 2 * 12 * 3],
  ])("%s", (_, input, node, weights, count) => {
    expect(countOf(input, node, weights)).toEqual({ total: count, withWeights: count });
  });

  it("of products without weights count apart", () => {
    const text =
      "model m(%x: f32[4,10]) {\n  %t = transpose(%x)\n  %y = matmul(%x, %t)\n  return y = %y\n}\n";
    const count = multiplyAdds(inferShapes(parseDefinition(text)));
    expect(count).toEqual({ total: 4 * 4 * 10, withWeights: 0 });
  });
});

describe("summaries", () => {
  it("count a shared weight once, and every use of it", () => {
    const graph = inferShapes(
      parseDefinition(
        `model m(%x: f32[1,8]) {\n  %a = matmul(%x, @w) {axis=1}\n  %y = matmul(%a, @w) {axis=1}\n  return y = %y\n}\n${seeded("w", "8,8")}`,
      ),
    );
    const summary = summarizeGraph(graph);
    expect(summary.parameters).toBe(64);
    expect(summary.multiplyAdds).toBe(128);
    expect(summary.flops).toBe(256);
  });
});
