/** Sums of products of narrow integers: two by two or one by one they are the interpreter's integers, on each kind of SIMD. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../../compiler/compile.js";
import { evaluateGraph } from "../../../compiler/graph/evaluate.js";
import { parseDefinition } from "../../../compiler/graph/text/parse.js";
import { inferShapes } from "../../../compiler/infer/inferShapes.js";
import { tensor, type Tensor } from "../../../compiler/base/tensor.js";
import { printStmt } from "../../../compiler/loop/print.js";
import { compilePrograms, execute, loweredOf } from "../../support/execution.js";
import { createRandom, type Random } from "../../support/random.js";
import { DOT_SIMDS, SIMDS } from "../../support/simd.js";

interface Case {
  readonly of: "u8" | "i8" | "i16";
  readonly zero: number;
  readonly weights: "u8" | "i8" | "i16";
  readonly channels: readonly [input: number, output: number];
  readonly how: string;
}

const RANGES = { u8: [0, 255], i8: [-128, 127], i16: [-32768, 32767] } as const;

/** Channels that no vector divides, edges, strides, groups; zero points at both ends. */
const CASES: readonly Case[] = [
  { of: "u8", zero: 0, weights: "i8", channels: [8, 4], how: "pads=[1,1,1,1]" },
  { of: "u8", zero: 255, weights: "i8", channels: [11, 7], how: "pads=[1,1,1,1], strides=[2,2]" },
  { of: "i8", zero: -128, weights: "i8", channels: [16, 9], how: "pads=[1,0,2,1]" },
  { of: "i8", zero: 127, weights: "u8", channels: [19, 5], how: "dilations=[2,1], pads=[2,1,2,1]" },
  { of: "u8", zero: 128, weights: "i16", channels: [24, 3], how: "pads=[1,1,1,1]" },
  { of: "i16", zero: 0, weights: "i16", channels: [9, 6], how: "pads=[1,1,1,1]" },
  { of: "u8", zero: 3, weights: "i8", channels: [36, 8], how: "groups=2, pads=[1,1,1,1]" },
  // Three channels of three columns are nine in a row.
  { of: "u8", zero: 127, weights: "i8", channels: [3, 6], how: "pads=[1,1,1,1], strides=[2,2]" },
  { of: "i8", zero: -128, weights: "u8", channels: [5, 4], how: "pads=[1,2,0,1]" },
];

const modelOf = ({ of, zero, weights, channels: [ic, oc], how }: Case) => {
  const groups = how.includes("groups=2") ? 2 : 1;
  return parseDefinition(`model dots(%x: f32[1,${ic},7,6]) {
  %q = cast(%x) {to="${of}"}
  %a = conv(%q, @w, @b) {zero=${zero}, ${how}}
  %f = cast(%a) {to="f32"}
  %s = mul(%f, @s)
  %r = round(%s)
  %c = clip(%r) {min=0, max=255}
  %y = cast(%c) {to="u8"}
  return a = %a, y = %y
}
@w : ${weights}[${oc},${ic / groups},3,3] = [${extremes(RANGES[weights], (oc * ic * 9) / groups).join(",")}]
@b : i32[${oc}] = [${Array.from({ length: oc }, (_, i) => 1000 * i - 3000).join(",")}]
@s : f32[] = [0.001]
`);
};

/** Numbers of a range, every fifth the least or the greatest. */
function extremes(
  [least, most]: readonly [number, number],
  count: number,
  random = createRandom(5),
) {
  return Array.from({ length: count }, () =>
    random.chance(0.2) ? random.pick([least, most]) : random.int(least, most),
  );
}

const inputOf = ({ of, channels: [ic] }: Case, random: Random): Tensor =>
  tensor("f32", [1, ic, 7, 6], extremes(RANGES[of], ic * 42, random));

describe.each(CASES)("a convolution of $of less $zero by $weights, $channels, $how", (one) => {
  const definition = modelOf(one);
  const programs = [[], ["multiply-pairs"]].map(
    (disable) => planModel(definition, { target: "wasm", disable, winograd: "off" }).program,
  );
  const inputs = new Map([["x", inputOf(one, createRandom(3))]]);
  const wanted = evaluateGraph(inferShapes(definition), inputs);

  it("adds up products two by two, unless that is left out", () => {
    const dots = programs.map(({ kernels }) =>
      kernels.some(({ schedules }) => schedules.some((schedule) => schedule.dots === true)),
    );
    expect(dots).toEqual([true, false]);
  });

  it("gives the interpreter's integers either way", async () => {
    const ts = planModel(definition, { target: "ts" }).program;
    const all = [
      ...(await compilePrograms([ts])),
      ...(
        await Promise.all([...SIMDS, ...DOT_SIMDS].map((simd) => compilePrograms(programs, simd)))
      ).flat(),
    ];
    for (const execution of all) {
      const outputs = execute(execution, inputs);
      expect(outputs.get("a")!.data).toEqual(wanted.get("%a")!.data);
      expect(outputs.get("y")!.data).toEqual(wanted.get("%y")!.data);
    }
  });
});

it("are folded into vectors of channels by shuffles", () => {
  const definition = parseDefinition(`model folded(%x: f32[1,16,1,2]) {
  %q = cast(%x) {to="u8"}
  %a = matmul(%q, @w, @b) {axis=1, zero=7}
  %f = cast(%a) {to="f32"}
  %r = round(%f)
  %c = clip(%r) {min=0, max=255}
  %y = cast(%c) {to="u8"}
  %z = maxPool(%y) {kernel=[1,2]}
  return z = %z
}
@w : i8[4,16] = [${extremes(RANGES.i8, 64).join(",")}]
@b : i32[4] = [1,2,3,4]
`);
  const { program } = planModel(definition, { target: "wasm" });
  const product = loweredOf(program).functions.find(
    ({ name }) => name.startsWith("matmul") && !name.includes("weights"),
  )!;
  expect(printStmt(product.code)).toMatchInlineSnapshot(`
    "// 1×16×1×2, 4×16, 4, 4×4, 4 → 1×4×1×2 (8 elements)
    kernel(a: arena u8, b: arena i16, bias: constants i32, out: arena u8) {
      var acc_j0_m0: i32x4 = i32x4(0)
      var acc_j0_m1: i32x4 = i32x4(0)
      var acc_j1_m0: i32x4 = i32x4(0)
      var acc_j1_m1: i32x4 = i32x4(0)
      var acc_j2_m0: i32x4 = i32x4(0)
      var acc_j2_m1: i32x4 = i32x4(0)
      var acc_j3_m0: i32x4 = i32x4(0)
      var acc_j3_m1: i32x4 = i32x4(0)
      for k = 0 to 16 step 8 {
        let a_k: i32 = a + k
        let b_k: i32 = b + k
        let i: i32x8 = arena.u8x8[a_k] - i32x8(7)
        let bv: i32x8 = arena.i16x8[b_k]
        acc_j0_m0 = acc_j0_m0 + dot(i, bv)
        let i1: i32x8 = arena.u8x8[a_k + 16] - i32x8(7)
        acc_j0_m1 = acc_j0_m1 + dot(i1, bv)
        let bv1: i32x8 = arena.i16x8[b_k + 16]
        acc_j1_m0 = acc_j1_m0 + dot(i, bv1)
        acc_j1_m1 = acc_j1_m1 + dot(i1, bv1)
        let bv2: i32x8 = arena.i16x8[b_k + 32]
        acc_j2_m0 = acc_j2_m0 + dot(i, bv2)
        acc_j2_m1 = acc_j2_m1 + dot(i1, bv2)
        let bv3: i32x8 = arena.i16x8[b_k + 48]
        acc_j3_m0 = acc_j3_m0 + dot(i, bv3)
        acc_j3_m1 = acc_j3_m1 + dot(i1, bv3)
      }
      let biasv: i32x4 = constants.i32x4[bias]
      let i2: i32x4 = shuffle(acc_j0_m0, acc_j1_m0, 0, 4, 1, 5) + shuffle(acc_j0_m0, acc_j1_m0, 2, 6, 3, 7)
      let i3: i32x4 = shuffle(acc_j2_m0, acc_j3_m0, 0, 4, 1, 5) + shuffle(acc_j2_m0, acc_j3_m0, 2, 6, 3, 7)
      arena.u8x4[out] = i32x4(min(max(round(fround(f32x4(biasv + (shuffle(i2, i3, 0, 1, 4, 5) + shuffle(i2, i3, 2, 3, 6, 7))))), f32x4(0)), f32x4(255))) & i32x4(255)
      let i4: i32x4 = shuffle(acc_j0_m1, acc_j1_m1, 0, 4, 1, 5) + shuffle(acc_j0_m1, acc_j1_m1, 2, 6, 3, 7)
      let i5: i32x4 = shuffle(acc_j2_m1, acc_j3_m1, 0, 4, 1, 5) + shuffle(acc_j2_m1, acc_j3_m1, 2, 6, 3, 7)
      arena.u8x4[out + 4] = i32x4(min(max(round(fround(f32x4(biasv + (shuffle(i4, i5, 0, 1, 4, 5) + shuffle(i4, i5, 2, 3, 6, 7))))), f32x4(0)), f32x4(255))) & i32x4(255)
    }
    "
  `);
});
