/** A target that the compiler does not know: added by a folder and a line, it builds, dumps and computes as others do. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { lenet5 } from "../../../examples/lenet5/model.js";
import { mobilenetV2 } from "../../../examples/mobilenetV2.js";
import { elementCount, newData, type Tensor } from "../../../compiler/base/tensor.js";
import { compile, type CompileOptions } from "../../../compiler/compile.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import type { Graph } from "../../../compiler/graph/graph.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { interpretStmt } from "../../../compiler/meaning/interpretStmt.js";
import { targets, type TargetName } from "../../../compiler/targets/index.js";
import { command } from "../../support/commandLine.js";
import { differenceOf } from "../../support/difference.js";
import { operandPairs, primitiveCases, resultOf, storing } from "../../support/primitives.js";
import { createRandom } from "../../support/random.js";
import { importers, namings } from "../naming.js";
import { HAS_GCC, runC, runModel } from "./gcc.js";
import { PRELUDE } from "./prelude.js";
import { printFunction } from "./print.js";

// The line of the registry, as compiler/targets/registry.ts would have it.
// prettier-ignore
vi.mock("../../../compiler/targets/registry.js", async (original) => ({ ...(await original<object>()), c: (await import("./index.js")).cTarget }));

const C = "c" as TargetName;

const MODELS: Readonly<Record<string, string>> = {
  conv: `model conv(%x: f32[2,3,9,8]) {
  %a = conv(%x, @w, @b) {pads=[1,1,1,1], strides=[2,1]}
  %r = relu(%a)
  %d = conv(%r, @v) {groups=6, pads=[1,2,1,2], dilations=[1,2]}
  %s = sigmoid(%d)
  %e = conv(%s, @u)
  %f = add(%e, %r)
  return y = %f, s = %s
}
@w : f32[6,3,3,3] = seed 1 center 0 spread 0.5
@b : f32[6] = seed 2 center 0 spread 0.5
@v : f32[6,1,3,3] = seed 3 center 0 spread 0.5
@u : f32[6,6,1,1] = seed 4 center 0 spread 0.5
`,
  pool: `model pool(%x: f32[1,5,9,7]) {
  %m = maxPool(%x) {kernel=[3,3], pads=[1,1,1,1], strides=[2,2]}
  %a = averagePool(%m) {kernel=[2,3], strides=[1,2]}
  %g = reduceMean(%x) {axes=[2,3]}
  return m = %m, a = %a, g = %g
}
`,
  resize: `model resize(%x: f32[1,4,5,6]) {
  %n = resize(%x) {scales=[1,1,2,2], mode="nearest"}
  %l = resize(%x) {scales=[1,1,2,1.5], mode="linear"}
  %p = pad(%l) {pads=[0,0,1,2,0,0,2,1], mode="reflect"}
  return n = %n, l = %l, p = %p
}
`,
  softmax: `model "soft */ max??/" (%x: f32[2,7,5], %n: i64[2,7,5], %m: u8[4]) {
  %s = softmax(%x) {axis=1}
  %l = logSoftmax(%x) {axis=2}
  %i = argMax(%x) {axis=1}
  %d = div(%n, @three)
  %b = concat(%m, %m) {axis=0}
  %g = greater(%x, %s)
  return s = %s, l = %l, i = %i, d = %d, b = %b, g = %g
}
@three : i64[] = [-3]
`,
};

function inputsOf({ inputs }: Graph, seed: number): Map<string, Tensor> {
  const random = createRandom(seed);
  return new Map(
    inputs.map(({ name, type }) => {
      const data = newData(type.dtype, elementCount(type.dims));
      for (let i = 0; i < data.length; i++) {
        if (data instanceof BigInt64Array) data[i] = BigInt(random.int(-50, 50));
        else data[i] = type.dtype === "f32" ? random.int(-2000, 2000) / 1000 : random.int(0, 200);
      }
      return [name, { type, data }];
    }),
  );
}

/** In eps · rms: errors of layers add up, and every operation rounds. */
const TOLERANCE = 200;

async function expectMeaning(definition: Definition, options: CompileOptions): Promise<void> {
  const graph = inferShapes(definition, {});
  const result = await compile(definition, { ...options, target: C });
  const runs = [1, 2].map((seed) => inputsOf(graph, seed));
  const [first, second] = runModel(result, runs).map((outputs, i) => {
    const expected = evaluateGraph(graph, runs[i]!);
    for (const { name, value } of graph.outputs) {
      const { units, worst } = differenceOf(outputs.get(name)!, expected.get(value)!, 1);
      expect({ name, worst, right: units < TOLERANCE }).toEqual({ name, worst, right: true });
    }
    return outputs;
  });
  expect(first).not.toEqual(second);
}

const IN_NEED = 8;
if (!HAS_GCC) console.warn(`SKIPPED ${IN_NEED} tests of emitted C: there is no gcc`);

describe.skipIf(!HAS_GCC)("emitted C computes what the model says", () => {
  it.each(Object.keys(MODELS))("%s", async (name) => {
    await expectMeaning(parseDefinition(MODELS[name]!), {});
  });

  it("with weights in a file and memory of the caller's", async () => {
    const options = { weights: "file", arena: "given" } as const;
    await expectMeaning(parseDefinition(MODELS["conv"]!), options);
  });

  it.each([
    ["LeNet-5", lenet5()],
    ["MobileNetV2", mobilenetV2({ width: 0.25, size: 33 })],
  ] as const)("%s", async (_, definition) => {
    await expectMeaning(definition, { weights: "file" });
  });

  it("bit for bit in every primitive", () => {
    const cases = Object.entries(primitiveCases(1));
    const codes = cases.map(([, { value }]) => storing(value));
    const source = [
      "#include <stdio.h>",
      PRELUDE,
      "static Word arena[3];",
      ...codes.map((code, i) => printFunction(`case${i}`, code)),
      `static void (*const cases[])(int32_t, int32_t) = {${codes.map((_, i) => `case${i}`).join(", ")}};`,
      "int main(void) {\n  Word in[3];\n  while (fread(in, sizeof in, 1, stdin) == 1) {",
      "    memcpy(arena, in + 1, 8);\n    cases[in[0].i](0, 2);\n    fwrite(arena + 2, 4, 1, stdout);",
      "  }\n  return 0;\n}\n",
    ].join("\n");
    const tries = cases.flatMap(([title, one], i) =>
      operandPairs(one, 1).map((operands) => ({ title, one, i, operands })),
    );
    const input = Int32Array.from(
      tries.flatMap(({ one, i, operands }) => {
        let words: readonly number[] = [];
        resultOf(one, operands, ({ i32 }) => void (words = [...i32.subarray(0, 2)]));
        return [i, ...words];
      }),
    );
    const output = runC([{ path: "main.c", content: source }], new Uint8Array(input.buffer));
    const words = new Int32Array(output.buffer.slice(output.byteOffset).slice(0, output.length));
    expect(words).toHaveLength(tries.length);
    const none = { f32: new Float32Array(0), i32: new Int32Array(0) };
    tries.forEach(({ title, one, i, operands }, at) => {
      const expected = resultOf(one, operands, (arena) =>
        interpretStmt(codes[i]!, { arena, constants: none }, [0, 2], true),
      );
      const actual = resultOf(one, operands, ({ i32 }) => void (i32[2] = words[at]!));
      expect([title, operands, actual]).toEqual([title, operands, expected]);
    });
  });
});

describe("the command line", () => {
  let folder = "";
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "c-target-"));
    await writeFile(at("conv.tw"), MODELS["conv"]!);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("builds for the target with the flags that it has", async () => {
    const build = ["build", at("conv.tw"), "--target", "c", "--out-dir", at("out")];
    const { code, stderr } = await command(...build, "--arena", "given", "--weights", "file");
    expect({ code, stderr: stderr.replace(/^warning: untrained: .*\n$/, "") }).toEqual({
      code: 0,
      stderr: "",
    });
    expect(await readdir(at("out"))).toEqual(["conv.c", "conv.weights.bin"]);
    const source = await readFile(at("out/conv.c"), "utf8");
    expect(source).toContain("Options: --target c --weights file --arena given\n");
    expect(source).toContain("void run(const void *bytes, void *memory, const void *const inputs");
  });

  it.each([
    [["build", "--arena", "given"], "--arena is for --target c alone"],
    [["build", "--target", "c", "--simd", "plain"], "--simd is for --target wasm alone"],
    [["build", "--target", "c", "--arena", "mine"], "--arena must be static or given, not 'mine'"],
    [["build", "--target", "d"], "--target must be"],
    [["build", "--target", "c", "--tune"], "nothing to tune: c99: its code is not timed here"],
    [["bench", "--target", "c"], "only modules of JavaScript run here: model.c is none"],
  ])("says what does not go together: %j", async ([verb, ...args], message) => {
    const { code, stderr } = await command(verb!, at("conv.tw"), ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("shows kernels as the target prints them", async () => {
    const dump = ["dump", at("conv.tw"), "--stage", "kernels", "--target", "c"];
    const { code, stdout } = await command(...dump, "--kernel", "f");
    expect(code).toBe(0);
    expect(stdout).toMatch(/4 unrolled[^]*\/\* .* \*\/\nstatic void \w+\(int32_t a,/);
  });
});

it("the target is a folder, named by nobody else, and the line above", () => {
  expect(targets[C].name).toBe(C);
  expect(namings(targets[C])).toEqual([]);
  expect(importers("test/targets/c")).toEqual([]);
});
