/** Sums over words of bytes by digits: how far they are from what they mean, and what becomes of numbers at the edges. */
import { describe, expect, it } from "vitest";
import { tensor } from "../../../compiler/base/tensor.js";
import { cast, load, mul } from "../../../compiler/compute/expr.js";
import type { Compute, Kernel } from "../../../compiler/compute/ir.js";
import { kernelProblems } from "../../../compiler/compute/verify/index.js";
import { constantTensor } from "../../../compiler/graph/constants.js";
import { parseGraph } from "../../../compiler/graph/text/parse.js";
import { interpretKernel } from "../../../compiler/meaning/interpret.js";
import { planProgram } from "../../../compiler/program/passes.js";
import type { Program } from "../../../compiler/program/program.js";
import { wordKernel } from "../../../compiler/program/words/computes.js";
import { FORMATS } from "../../../compiler/program/words/formats.js";
import { narrowSums } from "../../../compiler/program/words/narrowSums.js";
import { overDigits } from "../../../compiler/program/words/digits.js";
import { withDigits } from "../../../compiler/program/words/useDigits.js";
import { relaxed, variantOf } from "../../../compiler/targets/wasm/variants.js";
import { programFor, worthwhile } from "../../../compiler/targets/variant.js";
import { wasmTarget } from "../../../compiler/targets/wasm/index.js";
import { compilePrograms, execute, loweredOf } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { randomInputs } from "../../support/randomKernel.js";
import { at, axis, kernelOf, loadAt, type } from "../../support/randomKernels/build.js";
import { randomNarrow } from "../../support/randomKernels/words.js";
import { DOT_SIMDS } from "../../support/simd.js";

const KERNELS = 40;
const [STEPS, CHANNELS] = [1029, 264];
const SCALE = 2 ** -7;

/** More than 1 MiB of weights in f32. */
const GRAPH = parseGraph(`graph g(%x: f32[1,${STEPS}]) {
  %c = cast(@q) {to="f32"} : f32[${CHANNELS},${STEPS}]
  %w = mul(%c, @s) : f32[${CHANNELS},${STEPS}]
  %y = matmul(%x, %w, @b) {axis=1} : f32[1,${CHANNELS}]
  return y = %y
}
@b : f32[${CHANNELS}] = seed 3 center 0 spread 1
@q : i8[${CHANNELS},${STEPS}] = seed 1 center 0 spread 127
@s : f32[] = [${SCALE}]
`);
const planned = (disable: readonly string[] = []): Program =>
  planProgram(GRAPH, relaxed, { disable });

/** Engines of both kinds, and the form of others. */
const KINDS = [...DOT_SIMDS, "plain"] as const;
const programs = planned();
const runs = await Promise.all(
  KINDS.map(async (kind) => (await compilePrograms([programs], kind))[0]!),
);

/** The output of each kind on some inputs. */
function outputsOf(x: readonly number[]): readonly Float32Array[] {
  const inputs = new Map([["x", tensor("f32", [1, STEPS], x)]]);
  return runs.map((run) => execute(run, inputs).get("y")!.data as Float32Array);
}

const WEIGHTS = GRAPH.constants.map((one) => constantTensor(one).data);

/** Of f64, and how much every channel may differ from it: 2⁻²³ of the largest factor for each weight. */
function expectedOf(x: readonly number[]): { want: Float64Array; bound: number } {
  const [bias, bytes] = WEIGHTS as unknown as readonly ArrayLike<number>[];
  const given = Float32Array.from(x);
  const want = Float64Array.from(bias!, (sum, j) =>
    given.reduce((all, one, k) => all + one * bytes![j * STEPS + k]! * SCALE, sum),
  );
  const most = Math.max(...x.map(Math.abs));
  return { want, bound: 2 ** -23 * most * STEPS * 127 * SCALE };
}

const random = createRandom(7);
const INPUTS: Readonly<Record<string, readonly number[]>> = {
  "numbers of both signs": Array.from({ length: STEPS }, () => random.int(-1000, 1000) / 700),
  "positive numbers": Array.from({ length: STEPS }, () => random.int(0, 1000) / 700),
  "one that is a million times the others": Array.from({ length: STEPS }, (_, i) =>
    i === 500 ? 1e6 : random.int(-1000, 1000) / 700,
  ),
  "large numbers": Array.from({ length: STEPS }, () => random.int(-1000, 1000) * 1e30),
};

describe("sums over digits", () => {
  it(`are in ${KERNELS} random kernels what weights mean`, () => {
    for (let seed = 1; seed <= KERNELS; seed++) {
      const { narrow, weights, digits } = randomNarrow(createRandom(seed));
      const inputs = randomInputs(narrow, seed).set("w", weights);
      const want = interpretKernel(narrow, inputs);
      for (const kernel of digits) {
        expect(kernelProblems(kernel), `seed ${seed}`).toEqual([]);
        const got = interpretKernel(kernel, inputs);
        want.data.forEach((value, i) =>
          expect(
            Math.abs(Number(got.data[i]) - Number(value)),
            `seed ${seed}, element ${i}`,
          ).toBeLessThan(2e-5),
        );
      }
    }
  });

  it.each(Object.entries(INPUTS))("are as near as f32 to those of %s", (_, x) => {
    const { want, bound } = expectedOf(x);
    for (const got of outputsOf(x))
      want.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(bound));
  });

  it("are nowhere numbers where a factor is infinite or none", () => {
    for (const wrong of [Infinity, -Infinity, NaN]) {
      const x = INPUTS["numbers of both signs"]!.with(77, wrong);
      for (const got of outputsOf(x)) expect(got.some(Number.isFinite)).toBe(false);
    }
  });

  it("are the bias of zeros, and finite for what is nearly 0", () => {
    const bias = execute(
      runs[0]!,
      new Map([["x", tensor("f32", [1, STEPS], new Array<number>(STEPS).fill(0))]]),
    ).get("y")!;
    for (const x of [0, -0, 2 ** -149, 1e-38].map((one) => new Array<number>(STEPS).fill(one)))
      for (const got of outputsOf(x)) expect(got).toEqual(bias.data);
  });

  it("are another form of the same program", () => {
    const kinds = worthwhile(wasmTarget.variants, planned()).map(({ name }) => name);
    expect(kinds).toEqual(expect.arrayContaining(DOT_SIMDS.map((kind) => `wasm ${kind}`)));
    const without = worthwhile(wasmTarget.variants, planned(["use-digits"]));
    expect(without.map(({ name }) => name)).not.toContain("wasm usdot");
    const multiplies = (kind: "usdot" | "plain"): boolean =>
      JSON.stringify(loweredOf(programFor(programs, variantOf[kind])).functions).includes("usdot");
    expect([multiplies("usdot"), multiplies("plain")]).toEqual([true, false]);
  });

  it("have no second form where 32 bits might not hold them", () => {
    const formOf = (steps: number): Kernel | undefined => {
      const [n, j, k] = [axis("n", 1), axis("j", 4), axis("k", steps)];
      const body = mul(loadAt("x", [n, k]), cast("f32", load("w", at([j, k]), "i32")));
      const compute: Compute = {
        target: "out",
        axes: [n, j],
        reduce: [k],
        combine: "sum",
        body,
        index: at([n, j]),
      };
      const types = { x: type([1, steps]), w: type([4, steps], "i8") };
      const narrow = kernelOf(types, type([1, 4]), [compute]);
      const sums = narrowSums(narrow, "w", FORMATS["i8"]!, 2 ** 20)!;
      return withDigits(wordKernel(narrow, sums));
    };
    expect(formOf(2 ** 17)).toBeDefined();
    expect(formOf(2 ** 17 + 1)).toBeUndefined();
    const hasHalves = (steps: number): boolean => {
      const kernel = formOf(steps)!;
      return overDigits(kernel, "usdot16") !== kernel;
    };
    expect([hasHalves(2 ** 10), hasHalves(2 ** 10 + 1)]).toEqual([true, false]);
  });
});
