/** Example networks through all passes: how many kernels remain, and the numbers against the unfused graph. */
import { describe, expect, it } from "vitest";
import { googlenet } from "../../examples/googlenet.js";
import lenet5 from "../../examples/lenet5/model.js";
import { mobilenetV2 } from "../../examples/mobilenetV2.js";
import { resnet18 } from "../../examples/resnet18.js";
import { squeezenet1_1 } from "../../examples/squeezenet1_1.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { runPasses } from "../../compiler/passes/index.js";
import { inferShapes } from "../../compiler/passes/inferShapes.js";
import { elementCount, tensor, type Tensor } from "../../compiler/tensor.js";
import { planGraph, runProgram } from "../support/runProgram.js";

function randomInputs(definition: Definition, seed: number): Map<string, Tensor> {
  return new Map(
    definition.inputs.map(({ name, dims }) => {
      const sizes = dims.map(Number);
      let state = seed;
      const values = Array.from({ length: elementCount(sizes) }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return ((state >>> 8) / 2 ** 23 - 1) * seed;
      });
      return [name, tensor("f32", sizes, values)];
    }),
  );
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / values.length);
}

const networks: readonly (readonly [string, Definition, number])[] = [
  ["lenet5", lenet5, 7],
  ["resnet18", resnet18({ width: 0.25, size: 33 }), 23],
  ["squeezenet1_1", squeezenet1_1({ width: 0.25, size: 40 }), 30],
  ["mobilenetV2", mobilenetV2({ width: 0.25, size: 32 }), 54],
  ["googlenet", googlenet({ width: 0.25, size: 33 }), 72],
];

describe("networks", () => {
  it.each(networks)("%s", (_, definition, kernels) => {
    const raw = inferShapes(definition, {});
    const program = planGraph(runPasses(raw));
    const computing = program.kernels.filter(({ role }) => role === "compute");
    expect(computing.length).toBe(kernels);
    expect(
      program.kernels.filter(({ role, covers }) => role === "copy" && covers.length > 0),
    ).toEqual([]);
    const results = [1, 2].map((seed) => {
      const inputs = randomInputs(definition, seed);
      const expected = evaluateGraph(raw, inputs);
      const actual = runProgram(program, inputs);
      return raw.outputs.map(({ name, value }) => {
        const want = expected.get(value)!.data as Float32Array;
        const got = actual.get(name)!.data as Float32Array;
        const rms = rootMeanSquare(want);
        const worst = Math.max(...Array.from(want, (one, i) => Math.abs(one - got[i]!)));
        expect(worst).toBeLessThan(2e-5 * rms);
        return { want, rms };
      });
    });
    const [first, second] = results.map((one) => one[0]!);
    const moved = rootMeanSquare(first!.want.map((value, i) => value - second!.want[i]!));
    expect(moved).toBeGreaterThan(0.1 * first!.rms);
  });
});
