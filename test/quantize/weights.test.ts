/** Equalising channels changes no output, and pays where channels differ; corrected biases leave no mean error. */
import { describe, expect, it } from "vitest";
import { definitionOf } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { tensor } from "../../compiler/base/tensor.js";
import { calibrate } from "../../compiler/quantize/calibrate.js";
import { equalized, neighboursIn } from "../../compiler/quantize/equalize.js";
import { factorsFor } from "../../compiler/quantize/factors.js";
import { layerWeights } from "../../compiler/quantize/parameters.js";
import { quantizeWith } from "../../compiler/quantize/quantize.js";
import type { Sample } from "../../compiler/quantize/samples.js";
import { meaningBuild } from "../support/meaningBuild.js";
import { createRandom } from "../support/random.js";

/** The first channels are a thousand times as large as the last. */
const UNEVEN = `model net(%x: f32[1,2,6,6]) {
  %a = conv(%x, @wa, @ba)
  %r = relu(%a)
  %b = conv(%r, @wb) {groups=4, pads=[1,1,1,1]}
  %p = averagePool(%b) {kernel=[2,2], strides=[2,2]}
  %c = conv(%p, @wc, @bc)
  return y = %c
}
@wa : f32[4,2,1,1] = [900, 500, 60, -20, 3, 2, 0.5, 0.9]
@ba : f32[4] = [100, 30, -1, 0.1]
@wb : f32[4,1,3,3] = seed 2 center 0.1 spread 1
@wc : f32[3,4,1,1] = [0.001, 0.02, 0.3, 2, -0.002, 0.01, 0.2, 1, 0.001, -0.03, 0.5, -2]
@bc : f32[3] = [1, 2, 3]
`;

const random = createRandom(8);
const samples: Sample[] = Array.from({ length: 16 }, () => ({
  inputs: { x: Array.from({ length: 72 }, () => random.int(0, 1000) / 500) },
}));

type Run = Awaited<ReturnType<typeof meaningBuild>>;

async function outputs(run: Run): Promise<Float32Array[]> {
  const all = samples.map(({ inputs }) =>
    run(new Map([["x", tensor("f32", [1, 2, 6, 6], inputs["x"]!)]])),
  );
  return (await Promise.all(all)).map((values) => values.get("y")!.data as Float32Array);
}

describe("equalised weights", () => {
  it("compute the same with other weights", async () => {
    const graph = inferShapes(parseDefinition(UNEVEN));
    const pairs = neighboursIn(graph, new Set());
    expect(pairs.map(({ first, second }) => [first, second])).toEqual([
      ["a", "b"],
      ["b", "c"],
    ]);
    const channels = new Map(pairs.map(({ between }) => [between, 1] as const));
    const wanted = { distributions: new Set<never>(), channels };
    const seen = await calibrate(graph, wanted, { samples, build: meaningBuild });
    const other = equalized(graph, pairs, seen.channels, undefined);
    const after = await calibrate(other, wanted, { samples, build: meaningBuild });
    // What a depthwise layer reads reaches as far in every channel.
    const [reach] = [...after.channels.values()].map(({ largest }) => [...largest]);
    expect(Math.max(...reach!) / Math.min(...reach!)).toBeCloseTo(1, 4);
    const [was, is] = await Promise.all(
      [graph, other].map(async (one) => outputs(await meaningBuild(definitionOf(one), {}))),
    );
    was!.forEach((values, i) =>
      values.forEach((value, k) => expect(is![i]![k]).toBeCloseTo(value, 4)),
    );
    expect(neighboursIn(graph, new Set(["b"]))).toEqual([]);
  });

  it("take factors behind what is not scaled as its operand is, and none where channels are alike", async () => {
    const graphOf = (text: string) => inferShapes(parseDefinition(text));
    const swish = graphOf(UNEVEN.replace("relu(%a)", "hardSwish(%a)"));
    const pairs = neighboursIn(swish, new Set());
    expect(pairs[0]).toEqual({ first: "r", second: "b", between: "%r" });
    const channels = new Map(pairs.map(({ between }) => [between, 1] as const));
    const wanted = { distributions: new Set<never>(), channels };
    const seen = await calibrate(swish, wanted, { samples, build: meaningBuild });
    const other = equalized(swish, pairs, seen.channels, undefined);
    const put = other.nodes.find(({ op }) => op === "mul");
    expect(put?.inputs).toEqual(["%r", "@r.factors"]);
    expect(other.nodes.find(({ name }) => name === "b")?.inputs[0]).toBe(`%${put!.name}`);
    const [was, is] = await Promise.all(
      [swish, other].map(async (one) => outputs(await meaningBuild(definitionOf(one), {}))),
    );
    was!.forEach((values, i) =>
      values.forEach((value, k) => expect(is![i]![k]).toBeCloseTo(value, 3)),
    );
    const layer = layerWeights(
      swish,
      swish.nodes.find(({ name }) => name === "c")!,
    );
    const [largest, squares] = [4, 1].map((each) => new Float64Array(4).fill(each));
    const alike = { means: new Float64Array(4), largest: largest!, squares: squares! };
    expect(factorsFor(layer, alike)).toBeUndefined();
  });

  it("cost less where channels differ", async () => {
    const noise = async (equalize: boolean): Promise<number> => {
      const options = { equalize, holdBack: 0, propose: false } as const;
      const { report } = await quantizeWith(
        meaningBuild,
        parseDefinition(UNEVEN),
        samples,
        options,
      );
      return report.network.outputs[0]!.signalToNoise;
    };
    expect(await noise(true)).toBeGreaterThan((await noise(false)) + 6);
  });
});

describe("corrected biases", () => {
  it("leave less of a mean error", async () => {
    const exact = await outputs(await meaningBuild(parseDefinition(UNEVEN), {}));
    const mean = async (biasCorrection: boolean): Promise<number> => {
      const { onnx } = await quantizeWith(meaningBuild, parseDefinition(UNEVEN), samples, {
        biasCorrection,
        equalize: true,
        holdBack: 0,
        propose: false,
        method: "min-max",
      });
      const own = await outputs(await meaningBuild(readOnnx(onnx), {}));
      const errors = [0, 1, 2].map((c) => {
        const each = exact[0]!.length / 3;
        const off = own.flatMap((values, i) =>
          [...values.subarray(c * each, (c + 1) * each)].map(
            (v, k) => v - exact[i]![c * each + k]!,
          ),
        );
        return Math.abs(off.reduce((sum, one) => sum + one, 0) / off.length);
      });
      return errors.reduce((sum, one) => sum + one, 0);
    };
    expect(await mean(true)).toBeLessThan(0.7 * (await mean(false)));
  });
});
