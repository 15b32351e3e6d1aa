/** What products of bytes cost: figures are those of a computation by hand, and proposals help. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../compiler/base/tensor.js";
import { planModel } from "../../compiler/compile.js";
import { arithmeticCost, formatArithmeticCost } from "../../compiler/golden/arithmeticCost.js";
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import { definitionOf } from "../../compiler/graph/definition.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { parseGraph } from "../../compiler/graph/text/parse.js";
import { randomInputs } from "../aliasing/reference.js";

/** Runs what a graph means. */
const build: BuildModel = (definition, options) => {
  const { graph } = planModel(definition, options);
  return Promise.resolve((inputs) => {
    const values = evaluateGraph(graph, inputs);
    return Promise.resolve(
      new Map(graph.outputs.map(({ name, value }) => [name, values.get(value)!])),
    );
  });
};

/** Weights that hardly look at the first channel. */
const WEIGHTS = Array.from({ length: 8 * 8 * 9 }, (_, i) =>
  Math.floor(i / 9) % 8 === 0 ? 0.001 : ((i * 7919) % 201) / 100 - 1,
);

/** The first of eight channels is that much larger than the others. */
const network = (outlier: number): string => `graph g(%x: f32[1,8,6,6]) {
  %first = conv(%x, @w, @b) {pads=[1,1,1,1]} : f32[1,8,6,6]
  %r = relu(%first) : f32[1,8,6,6]
  %apart = mul(%r, @apart) : f32[1,8,6,6]
  %second = conv(%apart, @v) : f32[1,8,4,4]
  %flat = flatten(%second) : f32[1,128]
  %last = matmul(%flat, @u) {axis=1} : f32[1,10]
  return last = %last
}
@apart : f32[8,1,1] = [${outlier}, 1, 1, 1, 1, 1, 1, 1]
@b : f32[8] = seed 3 center 0 spread 1
@u : f32[10,128] = seed 4 center 0 spread 1
@v : f32[8,8,3,3] = [${WEIGHTS.join(", ")}]
@w : f32[8,8,3,3] = seed 1 center 0 spread 1
`;
const PASSES = ["fold-batch-norm"];

type Values = ReadonlyMap<string, Tensor>;

describe("the cost of bytes", () => {
  it("is what the values say", async () => {
    const graph = parseGraph(network(1));
    const options = { arithmetic: "int8", disable: PASSES } as const;
    const inputs = [randomInputs(graph, 1), randomInputs(graph, 2)];
    const cost = await arithmeticCost(graph, options, build, inputs);
    const names = ["first", "second", "last"];
    const exposed = {
      ...definitionOf(graph),
      outputs: names.map((name) => ({ name, value: `%${name}` as const })),
    };
    const ratio = async (keep: readonly string[], name: string): Promise<number> => {
      const [exact, bytes] = [
        await build(exposed, { disable: PASSES }),
        await build(exposed, { ...options, keep }),
      ];
      let [signal, noise] = [0, 0];
      for (const one of inputs) {
        const want = (await exact(one)).get(name)!.data as Float32Array;
        const own = (await bytes(one)).get(name)!.data as Float32Array;
        want.forEach((value, i) => {
          signal += value * value;
          noise += (own[i]! - value) ** 2;
        });
      }
      return 10 * Math.log10(signal / noise);
    };
    expect(cost.layers.map(({ name }) => name).sort()).toEqual([...names].sort());
    let all = 0;
    for (const { name, own, soFar } of cost.layers) {
      const others = names.filter((one) => one !== name);
      expect(own).toBeCloseTo(await ratio(others, name), 8);
      expect(soFar).toBeCloseTo(await ratio([], name), 8);
      all += 10 ** (-own / 10);
    }
    for (const { own, share } of cost.layers) expect(share).toBeCloseTo(10 ** (-own / 10) / all, 8);
    const [output] = cost.outputs;
    expect(output!.signalToNoise).toBeCloseTo(await ratio([], "last"), 8);
    expect(output!.classes).toMatchObject({ vectors: 2 });
  });

  it("is led by a layer whose channels are far apart, and keeping that helps", async () => {
    const graph = parseGraph(network(300));
    const options = { arithmetic: "int8", disable: PASSES } as const;
    const inputs: Values[] = [randomInputs(graph, 1)];
    const cost = await arithmeticCost(graph, options, build, inputs);
    const [worst] = cost.layers;
    expect(formatArithmeticCost(cost).at(-1)).toBe(`with less noise: --keep "${worst!.name}"`);
    expect(cost.proposed).toEqual([worst!.name]);
    const kept = { ...options, keep: cost.proposed };
    const better = await arithmeticCost(graph, kept, build, inputs);
    expect(better.layers.map(({ name }) => name)).not.toContain(worst!.name);
    expect(better.outputs[0]!.signalToNoise).toBeGreaterThan(cost.outputs[0]!.signalToNoise);
  });
});
