/** Sums over words of narrow weights: what they mean, that faults in them are found, and the code that comes of them. */
import { describe, expect, it } from "vitest";
import { kernelProblems } from "../../../compiler/compute/verify/index.js";
import { parseGraph } from "../../../compiler/graph/text/parse.js";
import { drawInputs } from "../../../compiler/golden/drawInputs.js";
import { interpretKernel } from "../../../compiler/meaning/interpret.js";
import type { Compute } from "../../../compiler/compute/ir.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { runPass } from "../../../compiler/passes/index.js";
import { narrowWeights } from "../../../compiler/passes/narrowWeights.js";
import { planProgram } from "../../../compiler/program/passes.js";
import type { Program, ProgramKernel } from "../../../compiler/program/program.js";
import { printFunction } from "../../../compiler/targets/wasm/print.js";
import { overDigits } from "../../../compiler/program/words/digits.js";
import { programFor } from "../../../compiler/targets/variant.js";
import { relaxed, variantOf } from "../../../compiler/targets/wasm/variants.js";
import { compilePrograms, execute, loweredOf } from "../../support/execution.js";
import { createRandom } from "../../support/random.js";
import { randomInputs } from "../../support/randomKernel.js";
import { randomNarrow } from "../../support/randomKernels/words.js";

const KERNELS = 150;

/** More than 1 MiB of weights in f32, which are read as they lie. */
const bytesOf = (steps: number) =>
  parseGraph(`graph g(%x: f32[1,${steps}]) {
  %c = cast(@q) {to="f32"} : f32[518,${steps}]
  %w = mul(%c, @s) : f32[518,${steps}]
  %y = matmul(%x, %w) {axis=1} : f32[1,518]
  return y = %y
}
@q : i8[518,${steps}] = seed 1 center 0 spread 100
@s : f32[518,1] = seed 2 center 0.01 spread 0.001
`);
const BYTES = bytesOf(513);
/** Of words in three parts. */
const LONG = bytesOf(2052);

describe("words of narrow weights", () => {
  it(`mean in ${KERNELS} random kernels what the weights mean`, () => {
    for (let seed = 1; seed <= KERNELS; seed++) {
      const { narrow, weights, words } = randomNarrow(createRandom(seed));
      expect(kernelProblems(words), `seed ${seed}`).toEqual([]);
      const inputs = randomInputs(narrow, seed).set("w", weights);
      const [want, got] = [interpretKernel(narrow, inputs), interpretKernel(words, inputs)];
      want.data.forEach((value, i) =>
        expect(
          Math.abs(Number(got.data[i]) - Number(value)),
          `seed ${seed}, element ${i}`,
        ).toBeLessThan(2e-5),
      );
    }
  });

  it.each([BYTES, LONG])("are another program, of the same results", async (graph) => {
    const programs = [[], ["use-words"]].map((disable) => planProgram(graph, relaxed, { disable }));
    const how = programs.map(({ kernels }) => kernels.map(({ algorithm }) => algorithm));
    expect(how).toEqual([["words, or dots of digits"], [undefined]]);
    const [words, bytes] = (await compilePrograms(programs, "plain")).map(
      (execution) => execute(execution, drawInputs(graph, 3)).get("y")!.data as Float32Array,
    );
    const rms = Math.sqrt(bytes!.reduce((sum, value) => sum + value ** 2, 0) / bytes!.length);
    words!.forEach((value, i) => expect(Math.abs(value - bytes![i]!)).toBeLessThan(2e-6 * rms));
  });

  it("are read in the order of memory, a part of the sum for all channels before the next", () => {
    const { kernels, constants } = planProgram(LONG, relaxed);
    const [{ kernel, schedules, dotSchedules }] = kernels as [Required<ProgramKernel>];
    const isPart = ({ target }: Compute): boolean => target === "fields" || target === "parts";
    const orders = [
      [kernel, schedules],
      [overDigits(kernel, "usdot"), dotSchedules],
      [overDigits(kernel, "usdot16"), dotSchedules],
    ] as const;
    for (const [{ computes }, all] of orders)
      expect(all[computes.findIndex(isPart)]!.order[0]).toBe("part");
    expect(constants.map(({ layout }) => layout)).toContain("1 0/8 2 0%8");
  });
});

/** How often each instruction on vectors stands in the loop that sums up most. */
function instructionsOf(
  graph: Graph,
  disable: readonly string[],
  simd: "relaxed" | "usdot16" = "relaxed",
): Readonly<Record<string, number>> {
  const program = planProgram(graph, relaxed, { disable });
  const { functions } = loweredOf(programFor(program, variantOf[simd]));
  const texts = functions.flatMap(({ name, code }) =>
    printFunction(name, code, simd).text.split("(loop "),
  );
  const counts = texts.map((text) => {
    const found: Record<string, number> = {};
    for (const [name] of text.matchAll(/[fiv]\d+(x\d+)?\.[a-z]\w+/g))
      if (/x\d|^v128/.test(name)) found[name] = (found[name] ?? 0) + 1;
    return found;
  });
  const products = (found: Readonly<Record<string, number>>): number =>
    found[simd === "relaxed" ? "f32x4.relaxed_madd" : "i16x8.relaxed_dot_i8x16_i7x16_s"] ?? 0;
  return counts.reduce((a, b) => (products(b) > products(a) ? b : a));
}

const HALVES = runPass(
  narrowWeights("f16"),
  parseGraph(`graph g(%x: f32[1,512]) {
  %y = matmul(%x, @w) {axis=1} : f32[1,512]
  return y = %y
}
@w : f32[512,512] = seed 1 center 0 spread 1
`),
).graph;

describe("the innermost loop", () => {
  it("takes bytes two at a time by digits of 16 bits, and four by one of 7", () => {
    expect(instructionsOf(LONG, [], "usdot16")).toMatchInlineSnapshot(`
      {
        "i16x8.relaxed_dot_i8x16_i7x16_s": 8,
        "i16x8.shr_u": 8,
        "i32x4.add": 24,
        "i32x4.dot_i16x8_s": 24,
        "v128.and": 8,
        "v128.load": 4,
        "v128.load32_splat": 12,
        "v128.load64_zero": 4,
        "v128.store": 3,
        "v128.store64_lane": 3,
      }
    `);
  });

  it("turns the highest bit of words, masks and converts bytes, of the highest without a mask", () => {
    expect(instructionsOf(BYTES, [])).toMatchInlineSnapshot(`
      {
        "f32x4.convert_i32x4_s": 32,
        "f32x4.relaxed_madd": 32,
        "v128.and": 24,
        "v128.load": 4,
        "v128.load32_splat": 16,
        "v128.load64_zero": 4,
        "v128.store": 4,
        "v128.store64_lane": 4,
        "v128.xor": 8,
      }
    `);
    expect(instructionsOf(BYTES, ["use-words"])).toMatchInlineSnapshot(`
      {
        "f32x4.add": 6,
        "f32x4.convert_i32x4_s": 6,
        "f32x4.mul": 6,
        "f32x4.relaxed_madd": 6,
        "i32x4.extend_high_i16x8_s": 3,
        "i32x4.extend_low_i16x8_s": 3,
        "v128.const": 4,
        "v128.load": 6,
        "v128.load32_splat": 1,
        "v128.load8x8_s": 3,
        "v128.store": 6,
      }
    `);
  });

  it("shifts and masks halves, and multiplies them once", () => {
    expect(instructionsOf(HALVES, [])).toMatchInlineSnapshot(`
      {
        "f32x4.add": 8,
        "f32x4.relaxed_madd": 32,
        "i32x4.shl": 16,
        "i32x4.shr_s": 32,
        "v128.and": 32,
        "v128.load": 16,
        "v128.load32_splat": 8,
        "v128.store": 8,
      }
    `);
    expect(instructionsOf(HALVES, ["use-words"])).toMatchInlineSnapshot(`
      {
        "f32x4.add": 6,
        "f32x4.mul": 6,
        "f32x4.relaxed_madd": 6,
        "i32x4.shl": 6,
        "v128.and": 6,
        "v128.const": 2,
        "v128.load16x4_s": 6,
        "v128.load32_splat": 1,
        "v128.store": 6,
      }
    `);
  });
});

/** Faults in words, and in what is made of them. */
const FAULTS: Readonly<Record<string, (kernel: ProgramKernel, words: Int32Array) => unknown>> = {
  "signs are those of the neighbours": (_, words) => words.copyWithin(0, 1),
  "bytes lie in another order": (_, words) => words.forEach((word, i) => (words[i] = swap(word))),
  "a bias is another": ({ kernel }) => tableOf(kernel, "biases").set([-100], 1),
  "lower bytes are not subtracted": ({ kernel }) => tableOf(kernel, "mixing").set([0], 1),
};

const swap = (word: number): number =>
  (word & 0xffff0000) | ((word & 255) << 8) | ((word >> 8) & 255);

function tableOf({ constants }: ProgramKernel["kernel"], name: string): Float32Array {
  return constants.find((one) => one.name === name)!.value.data as Float32Array;
}

describe("a program with words", () => {
  it.each(Object.entries(FAULTS))("is never emitted where %s", (_, spoil) => {
    const sabotage = (program: Program): Program => {
      const copy = structuredClone(program);
      const kernel = copy.kernels.find(({ algorithm }) => algorithm === "words")!;
      const { source } = copy.values[kernel.operands["words"]!]!.constant!;
      spoil(kernel, (source as { data: Int32Array }).data);
      return copy;
    };
    expect(() => planProgram(BYTES, relaxed, { sabotage: { "use-words": sabotage } })).toThrow(
      /use-words made program g wrong:\n {2}.* computes/,
    );
  });
});
