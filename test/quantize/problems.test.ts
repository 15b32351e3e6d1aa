/** Everything that is wrong with samples, names and options is said, with a code, and all at once. */
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { CompileError, type Problem } from "../../compiler/base/error.js";
import { quantizeWith } from "../../compiler/quantize/quantize.js";
import type { QuantizeOptions, SampleSource } from "../../compiler/index.js";
import { splitSamples } from "../../compiler/quantize/samples.js";
import { meaningBuild } from "../support/meaningBuild.js";

const NET = `model net(%x: f32[1,2,2,2], %n: f32[1]) {
  %a = conv(%x, @w)
  %r = relu(%a)
  %l = log(%n)
  %b = add(%r, %l)
  %c = conv(%b, @w)
  return y = %c
}
@w : f32[2,2,1,1] = [1, 2, -3, 0.5]
`;

const good = { x: [1, 2, 3, 4, 5, 6, 7, 8], n: [1] };
const varied = [{ inputs: good }, { inputs: { ...good, n: [2] } }];

async function problemsOf(
  samples: readonly SampleSource[],
  options: QuantizeOptions = {},
  text = NET,
): Promise<readonly Problem[]> {
  try {
    await quantizeWith(meaningBuild, parseDefinition(text), samples, options);
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  return [];
}

const said = (problems: readonly Problem[]): string[] =>
  problems.map(({ code, node, message }) => `${code} ${node ?? ""}: ${message}`);

describe("problems of quantising", () => {
  it("finds none where there is none", async () => {
    expect(await problemsOf(varied)).toEqual([]);
  });

  it("are all that is wrong with samples", async () => {
    const samples = [
      { inputs: { x: [1, 2, 3], n: [1] } },
      () => ({ inputs: { x: good.x, n: [NaN] }, name: "b.npy" }),
      () => Promise.resolve({ inputs: { x: good.x, m: [1] } }),
    ];
    expect(said(await problemsOf(samples))).toEqual([
      "bad-samples : sample 0 has 3 values of input 'x', expected f32[1,2,2,2], which are 8",
      "bad-samples : b.npy: 'n' is NaN at 0",
      "bad-samples : sample 2 has no values of input 'n'",
      "bad-samples : sample 2 has values of 'm', which is no input",
    ]);
  });

  it("are samples that are all the same number, or none", async () => {
    const same = [{ inputs: { ...good, n: [3] } }, { inputs: { ...good, n: [3] } }];
    expect(said(await problemsOf(same))).toEqual([
      "bad-samples : input 'n' is 3 everywhere in all samples",
    ]);
    expect(said(await problemsOf([]))).toEqual([
      "bad-samples : there are no samples to calibrate with",
    ]);
    expect(said(await problemsOf(varied, { testSamples: [] }))).toEqual([
      "bad-samples : there are no samples to test with",
    ]);
  });

  it("are values that are not finite, or 0 for all samples", async () => {
    const infinite = [{ inputs: good }, { inputs: { ...good, n: [0] } }];
    const found = said(await problemsOf(infinite, { holdBack: 0 }));
    expect(found).toEqual([
      "bad-samples b: its value is -Infinity for a sample",
      "bad-samples c: its value is -Infinity for a sample",
    ]);
    const dead = `model net(%x: f32[1,2,2,2], %n: f32[1]) {
  %a = conv(%x, @w)
  %b = clip(%a) {min=-1, max=0}
  %r = relu(%b)
  %l = add(%r, %n)
  %c = conv(%r, @w)
  return y = %c, l = %l
}
@w : f32[2,2,1,1] = [1, 2, -3, 0.5]
`;
    expect(said(await problemsOf(varied, {}, dead))).toEqual([
      "bad-samples r: its value is 0 everywhere for all samples, so that no scale fits it",
    ]);
  });

  it("are names of no layer, each of them, with what was meant", async () => {
    const problems = await problemsOf(varied, { keep: ["a", "cc", "nothing.like.it"] });
    expect(problems.map(({ code, node, hint }) => [code, node, hint])).toEqual([
      ["unknown-operand", "cc", "did you mean 'c'?"],
      ["unknown-operand", "nothing.like.it", undefined],
    ]);
  });

  it("are options that make no sense, and models with nothing to quantise", async () => {
    const codes = async (options: QuantizeOptions): Promise<string[]> =>
      (await problemsOf(varied, options)).map(({ code }) => code);
    expect(await codes({ method: "best" as never })).toEqual(["usage"]);
    expect(await codes({ percentile: 30 })).toEqual(["usage"]);
    expect(await codes({ holdBack: 1.5 })).toEqual(["usage"]);
    expect(await codes({ holdBack: -1 })).toEqual(["usage"]);
    expect(await codes({ keep: ["a", "c"] })).toEqual(["unsupported"]);
  });
});

describe("samples that are held back", () => {
  const all = Array.from({ length: 50 }, (_, i) => i);

  it("are as many as asked for, others by another seed, and the same by the same", () => {
    const { calibration, test } = splitSamples(all, 0.2, 1);
    expect(test.length).toBe(10);
    expect([...calibration, ...test].sort((a, b) => a - b)).toEqual(all);
    expect(splitSamples(all, 0.2, 1).test).toEqual(test);
    expect(splitSamples(all, 0.2, 2).test).not.toEqual(test);
    expect(splitSamples(all, 7, 1).test.length).toBe(7);
  });

  it("leave one to calibrate with, and may be none", () => {
    expect(splitSamples(all, 100, 1).calibration.length).toBe(1);
    expect(splitSamples(all, 0, 1).test).toEqual([]);
    expect(splitSamples([5], 0.2, 1)).toEqual({ calibration: [5], test: [] });
  });
});
