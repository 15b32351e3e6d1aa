/** Seeded networks carry signal: whatever is between two convolutions, what comes out has a variance near 1, half to twice where operands depend on each other. */
import { describe, expect, it } from "vitest";
import { constantTensor } from "../../../compiler/graph/constants.js";
import {
  add,
  batchNorm1d,
  cat,
  conv1d,
  hardswish,
  linear,
  model,
  mul,
  relu,
  sequential,
  sigmoid,
  silu,
  type Layer,
  type Value,
} from "../../../compiler/frontend/builder/index.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { tensor } from "../../../compiler/base/tensor.js";
import { createRandom } from "../../support/random.js";

const [CHANNELS, LENGTH] = [48, 40];

const conv = (): Layer =>
  conv1d({ inChannels: CHANNELS, outChannels: CHANNELS, kernelSize: 3, padding: 1 });

const between: Readonly<Record<string, (x: Value) => Value>> = {
  nothing: (x) => x,
  relu: (x) => relu(x),
  silu: (x) => silu(x),
  "hard-swish": (x) => hardswish(x),
  "a sum": (x) => add(x, relu(x)),
  "a gate": (x) => mul(silu(x), sigmoid(x)),
  "a sum of a product": (x) => add(mul(x, x), mul(x, sigmoid(x))),
};

/** Variance of every channel over positions, averaged. */
function channelVariance(data: ArrayLike<number>): number {
  let total = 0;
  for (let c = 0; c < CHANNELS; c++) {
    const row = Array.from({ length: LENGTH }, (_, i) => data[c * LENGTH + i]!);
    const mean = row.reduce((sum, value) => sum + value, 0) / LENGTH;
    total += row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / LENGTH;
  }
  return total / CHANNELS;
}

function outputOf(make: (x: Value) => Value): number {
  const layers = { first: conv(), second: conv() };
  const definition = model("m", { x: [1, CHANNELS, LENGTH] }, layers, (m, { x }) => ({
    y: m.second(make(m.first(x) as Value)),
  }));
  const graph = inferShapes(definition, {});
  const random = createRandom(5);
  const noise = Array.from(
    { length: CHANNELS * LENGTH },
    () => (Math.sqrt(3) * random.int(-4096, 4096)) / 4096,
  );
  const inputs = new Map([["x", tensor("f32", [1, CHANNELS, LENGTH], noise)]]);
  const values = evaluateGraph(graph, inputs);
  return channelVariance(values.get(graph.outputs[0]!.value)!.data as Float32Array);
}

describe("seeded weights", () => {
  it.each(Object.entries(between))("after %s give a variance near 1", (_, make) => {
    const variance = outputOf(make);
    expect(variance).toBeGreaterThan(0.5);
    expect(variance).toBeLessThan(2);
  });

  it("have filters that sum to nothing, but for the smallest", () => {
    const layers = sequential([
      conv1d({ inChannels: 1, outChannels: 10, kernelSize: 3, bias: false }),
      linear({ inFeatures: 10, outFeatures: 4, bias: false }),
    ]);
    const { constants } = model("m", { x: [1, 1, 12] }, layers);
    const sums = constants.map((constant) => {
      const { data } = constantTensor(constant);
      const [filters] = constant.type.dims;
      const run = data.length / filters!;
      return Math.abs(Array.from(data.slice(0, run), Number).reduce((sum, one) => sum + one, 0));
    });
    expect(sums[0]).toBeGreaterThan(0.01);
    expect(sums[1]).toBeLessThan(1e-6);
  });

  it("of norms are what they normalise", () => {
    const layers = { conv: conv(), norm: batchNorm1d({ numFeatures: 2 * CHANNELS }) };
    const { constants } = model("m", { x: [1, CHANNELS, LENGTH] }, layers, (m, { x }) => {
      const y: Value = m.conv(x);
      return { z: m.norm(cat([relu(y), y])) };
    });
    const center = (name: string): number => {
      const { source } = constants.find((constant) => constant.name === `norm.${name}`)!;
      return source.kind === "seed" ? source.center : NaN;
    };
    // relu: mean 0.4, variance 0.34; the mixture with mean 0, variance 1: 0.2 and 0.67 + 0.04
    expect(center("running_mean")).toBeCloseTo(0.2, 1);
    expect(center("running_var")).toBeCloseTo(0.71, 1);
  });
});
