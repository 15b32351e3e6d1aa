/** Four bytes multiplied at once: code for each kind of engine computes the same integers, and starts in no other kind. */
import { env } from "node:process";
import { describe, expect, it } from "vitest";
import { compile, planModel } from "../../../compiler/compile.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { elementCount, tensor } from "../../../compiler/base/tensor.js";
import { packConstants } from "../../../compiler/program/pack.js";
import type { Definition } from "../../../compiler/graph/definition.js";
import type { Program } from "../../../compiler/program/program.js";
import { lowerProgram } from "../../../compiler/program/lower.js";
import { printModule } from "../../../compiler/targets/wasm/module.js";
import type { DotSimd } from "../../../compiler/targets/wasm/simd.js";
import { variantOf } from "../../../compiler/targets/wasm/variants.js";
import { programFor } from "../../../compiler/targets/variant.js";
import { byteProducts, sdot, usdot } from "../../../runtime/index.js";
import { kindOfProducts } from "../../../runtime/byteProducts.js";
import { byteConvolution, extremes, RANGES } from "../../support/byteConvolution.js";
import { compilePrograms, execute } from "../../support/execution.js";
import { createRandom, type Random } from "../../support/random.js";
import { assemble, DOT_SIMDS, emulated, SIMDS } from "../../support/simd.js";

const CONV = parseDefinition(`model bytes(%x: f32[1,8,4,4]) {
  %q = cast(%x) {to="u8"}
  %y = conv(%q, @w) {zero=3, pads=[1,1,1,1]}
  return y = %y
}
@w : i8[8,8,3,3] = seed 1 center 0 spread 100
`);

/** Of weights whose neighbours come to 128 at most. */
const SMALL = parseDefinition(`model small(%x: f32[1,8,4,4]) {
  %q = cast(%x) {to="u8"}
  %y = conv(%q, @w)
  return y = %y
}
@w : i8[8,8,1,1] = seed 1 center 0 spread 60
`);

/** What engines do without an instruction for it: two products are added up in 16 bits, and cut off or wrapped. */
const inSixteen =
  (product: typeof sdot, cut: (sum: number) => number) =>
  (a: number, b: number): number =>
    cut(product(a & 0xffff, b & 0xffff)) + cut(product((a >>> 16) & 0xffff, (b >>> 16) & 0xffff));

describe("what an engine makes of the instruction", () => {
  it("is told by its answers at the extremes", () => {
    const saturated = (sum: number): number => Math.max(-32768, Math.min(32767, sum));
    const wrapped = (sum: number): number => (sum << 16) >> 16;
    const kindOf = (dot: typeof sdot, dot16: typeof sdot) => kindOfProducts({ dot, dot16 });
    const dot16 = inSixteen(usdot, saturated);
    expect(kindOf(usdot, dot16)).toBe("usdot");
    expect(kindOf(sdot, inSixteen(sdot, wrapped))).toBe("sdot");
    expect(kindOf(dot16, dot16)).toBe("usdot16");
    expect(kindOf(inSixteen(usdot, wrapped), inSixteen(usdot, wrapped))).toBe("usdot16");
    for (const cut of [saturated, wrapped])
      expect(kindOf(inSixteen(sdot, cut), inSixteen(sdot, cut))).toBeUndefined();
  });

  it("is what the modules of that kind ask for when they start, and no others start", () => {
    const { program } = planModel(CONV, { target: "wasm" });
    const start = (simd: DotSimd, by: DotSimd | undefined): void => {
      const { text, memory: layout } = moduleOf(program, simd);
      const code = by === undefined ? text : emulated(text, by);
      const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages });
      new WebAssembly.Instance(new WebAssembly.Module(assemble(code)), { env: { memory } });
    };
    for (const simd of DOT_SIMDS) {
      expect(() => start(simd, simd)).not.toThrow();
      expect(() => start(simd, simd === "sdot" ? "usdot" : "sdot")).toThrow(/unreachable/);
      if (SIMDS.includes("relaxed") && simd !== "usdot16" && byteProducts() !== simd)
        expect(() => start(simd, undefined)).toThrow(/unreachable/);
    }
  });

  it("chooses between modules at load, where a model multiplies bytes", async () => {
    const { files } = await compile(CONV, { target: "wasm", wasm: "file", name: "bytes" });
    const code = files.flatMap(({ path }) => (path.endsWith(".wasm") ? [path] : []));
    expect(code).toEqual([
      "bytes.wasm",
      "bytes.relaxed.wasm",
      "bytes.usdot.wasm",
      "bytes.sdot.wasm",
    ]);
    expect(String(files[0]!.content)).toMatch(
      /byteProducts\(\) === "usdot"\s*\? new URL\(\s*"\.\/bytes\.usdot/,
    );
    const small = await compile(SMALL, { target: "wasm", wasm: "file", name: "small" });
    expect(small.files.some(({ path }) => path === "small.usdot16.wasm")).toBe(true);
    const without = await compile(CONV, { target: "wasm", wasm: "file", disable: ["use-dots"] });
    expect(without.files.filter(({ path }) => path.endsWith(".wasm"))).toHaveLength(2);
  });
});

it("reads scales in its own lanes where other code has them in pairs: channels that are shuffled lie two apart", async () => {
  const shuffled = parseDefinition(`model shuffled(%x: f32[1,8,4,4]) {
  %q = cast(%x) {to="u8"}
  %y = conv(%q, @w)
  %f = cast(%y) {to="f32"}
  %s = mul(%f, @scale)
  %a = reshape(%s) {shape=[1,10,1,4,4]}
  %b = sigmoid(%a)
  %c = concat(%a, %b) {axis=2}
  %d = reshape(%c) {shape=[1,20,4,4]}
  return d = %d
}
@w : i8[10,8,1,1] = seed 1 center 0 spread 100
@scale : f32[10,1,1] = seed 2 center 0.1 spread 0.05
`);
  await expect(compile(shuffled, { target: "wasm" })).resolves.toBeDefined();
});

function moduleOf(program: Program, simd: DotSimd) {
  const lowered = lowerProgram(programFor(program, variantOf[simd]));
  const { arenaBytes = 0, overlaidBytes } = program;
  const constantBytes = packConstants(program).length;
  return printModule({ ...lowered, constantBytes, arenaBytes, overlaidBytes }, simd);
}

it("adds up two products in 16 bits where weights let it, and goes on in 32", () => {
  const productsOf = (definition: Definition, simd: DotSimd): readonly string[] => {
    const { text } = moduleOf(planModel(definition, { target: "wasm" }).program, simd);
    const kernels = text.slice(text.indexOf("(start $check)"));
    return [...kernels.matchAll(/\((\w+\.(relaxed_)?dot_\w+)/g)].map(([, name]) => name!);
  };
  const small = productsOf(SMALL, "usdot16");
  // By the second one two sums of the first are added up.
  expect([...new Set(small)]).toEqual(["i32x4.dot_i16x8_s", "i16x8.relaxed_dot_i8x16_i7x16_s"]);
  const relaxed = small.filter((name) => name.includes("relaxed"));
  expect(relaxed.length).toBe(small.length / 2);
  // Two of these weights would come to more than 16 bits hold.
  const large = productsOf(CONV, "usdot16");
  expect(large.length).toBeGreaterThan(0);
  expect(large.some((line) => line.includes("relaxed_dot"))).toBe(false);
});

it("is refused where offsets are made up for by other sums", () => {
  const sabotage = (program: Program): Program => {
    const sums = program.kernels.flatMap(({ operands }) => operands["sums0"] ?? [])[0]!;
    const { constant } = program.values[sums]!;
    const { data } = constant!.source as { readonly data: Int32Array<ArrayBuffer> };
    const source = { kind: "data", data: data.map((sum) => sum + 1) } as const;
    const spoilt = { ...program.values[sums]!, constant: { ...constant!, source } };
    return { ...program, values: program.values.with(sums, spoilt) };
  };
  const plan = () => planModel(CONV, { target: "wasm", sabotage: { "use-dots": sabotage } });
  expect(plan).toThrow(/use-dots made program bytes wrong:\n {2}.*conv.* by usdot computes/);
});

/** `TILEWRIGHT_DOT_KERNELS=10000`: so many instead, those from `TILEWRIGHT_DOT_SEED` on. */
const COUNT = Number(env["TILEWRIGHT_DOT_KERNELS"] ?? 6);
const FIRST = Number(env["TILEWRIGHT_DOT_SEED"] ?? 1);

function randomConvolution(random: Random) {
  const { of, dims, attributes, weights, bias } = byteConvolution(random);
  const definition = parseDefinition(`model dots(%x: f32[${dims.join(",")}]) {
  %q = cast(%x) {to="${of}"}
  %a = conv(%q, @w, @b) ${attributes}
  return a = %a
}
@w : ${weights}
@b : ${bias}
`);
  const x = tensor("f32", dims, extremes(random, RANGES[of], elementCount(dims)));
  return { definition, inputs: new Map([["x", x]]) };
}

it(`of ${COUNT} random convolutions are the interpreter's integers, whatever multiplies`, async () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { definition, inputs } = randomConvolution(createRandom(seed));
    const wanted = evaluateGraph(inferShapes(definition), inputs).get("%a")!.data;
    const winograd = (["auto", "f2", "f4"] as const)[seed % 3]!;
    const { program } = planModel(definition, { target: "wasm", winograd, verify: seed % 8 === 0 });
    const ways = [SIMDS[seed % SIMDS.length]!, ...DOT_SIMDS];
    for (const simd of ways) {
      const [execution] = await compilePrograms([program], simd);
      expect(execute(execution!, inputs).get("a")!.data, `seed ${seed} ${simd}`).toEqual(wanted);
    }
  }
}, 3_600_000);
