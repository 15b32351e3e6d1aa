/** The yardstick of accuracy: nothing on the way is rounded to f32. */
import { describe, expect, it } from "vitest";
import { linear, model, sequential, sigmoid } from "../../compiler/frontend/builder/index.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { exactOutputs, largestError } from "./exact.js";

describe("outputs in double precision", () => {
  it("are what arithmetic without rounding says", async () => {
    const definition = model(
      "two",
      { x: [1, 5] },
      sequential([
        linear({ inFeatures: 5, outFeatures: 7 }),
        sigmoid(),
        linear({ inFeatures: 7, outFeatures: 3 }),
      ]),
    );
    const graph = inferShapes(definition);
    const layers = graph.nodes.filter(({ op }) => op === "matmul");
    const valueOf = (operand: string | undefined): number[] => [
      ...(constantTensor(graph.constants.find(({ name }) => `@${name}` === operand)!)
        .data as Float32Array),
    ];
    const inputs = { x: Float32Array.of(0.1, -2.3, 1 / 3, 4, -0.7) };
    let values = [...inputs.x];
    layers.forEach(({ inputs: [, weights, bias] }, i) => {
      const [w, b] = [valueOf(weights), valueOf(bias)];
      const sums = b.map((start, row) =>
        values.reduce((sum, x, k) => sum + x * w[row * values.length + k]!, start),
      );
      values = i === 0 ? sums.map((sum) => 1 / (1 + Math.exp(-sum))) : sums;
    });
    const exact = (await exactOutputs(definition, inputs))!;
    const [[name, outputs]] = Object.entries(exact) as [[string, Float64Array]];
    const rms = Math.hypot(...values) / Math.sqrt(values.length);
    values.forEach((value, i) => expect(Math.abs(outputs[i]! - value) / rms).toBeLessThan(1e-9));
    // What f32 can say of them is further away.
    const rounded = { [name]: Float32Array.from(outputs) };
    expect(largestError(rounded, exact)).toBeGreaterThan(1e-9);
    expect(largestError(rounded, exact)).toBeLessThan(1e-6);
  });

  it("tell how far off the worst element is, by the size of the others", () => {
    const exact = { y: Float64Array.of(3, -4, 0, 0) };
    expect(largestError({ y: Float32Array.of(3, -4, 0.5, 0.25) }, exact)).toBe(0.5 / 2.5);
    expect(largestError({ y: Float32Array.of(3) }, exact)).toBe(Infinity);
  });
});
