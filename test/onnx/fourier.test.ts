/** Fourier transforms by numpy.fft of numpy 1.24, where onnxruntime-web is not exact enough, wrong, or not asked. */
import { describe, expect, it } from "vitest";
import type { Problem } from "../../compiler/base/error.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { readOnnx } from "../../compiler/frontend/onnx/import.js";
import { onnxModel, type NodeText } from "../support/onnxModel.js";
import { loadProduct } from "../support/product.js";
import { problemsOf } from "./imported.js";

/** sin(pitch · i²), as f32. */
const chirp = (length: number, pitch = 0.37): number[] =>
  Array.from({ length }, (_, i) => Math.sin(pitch * i * i));
const interleaved = (re: readonly number[], im: readonly number[]): number[] =>
  re.flatMap((value, i) => [value, im[i]!]);
const i64 = (value: number): Tensor => tensor("i64", [], [value]);

interface Case {
  readonly node: Omit<NodeText, "out">;
  readonly x: readonly [dims: readonly number[], values: readonly number[]];
  readonly initializers?: Readonly<Record<string, Tensor>>;
  readonly inputs?: Readonly<Record<string, Tensor>>;
}

function modelOf({ node, x: [dims], initializers = {}, inputs = {} }: Case): Uint8Array {
  const types = Object.entries(inputs).map(([name, { type }]) => [
    name,
    `f32[${type.dims.join()}]`,
  ]);
  return onnxModel(
    {
      inputs: { x: `f32[${dims.join()}]`, ...Object.fromEntries(types) },
      initializers,
      nodes: [{ ...node, out: ["y"] }],
      outputs: ["y"],
    },
    { opset: 20 },
  );
}

/** The numbers of y, and where an element begins. */
async function runCase(one: Case, target: "ts" | "wasm") {
  const product = await loadProduct(readOnnx(modelOf(one)), target === "ts" ? "ts" : "plain");
  const x = tensor("f32", ...one.x);
  const { type, data } = product
    .run(new Map([["x", x], ...Object.entries(one.inputs ?? {})]))
    .get("y")!;
  const at = (...index: readonly number[]): number =>
    index.reduce((sum, i, d) => sum * type.dims[d]! + i, 0) * 2;
  return { dims: type.dims, data: data as Float32Array, at };
}

describe.each(["ts", "wasm"] as const)("on %s", (target) => {
  it("a transform in two steps fills with zeros and stops at half", async () => {
    const node = { op: "DFT", in: ["x", "n", "axis"], attributes: { onesided: 1 } };
    const initializers = { n: i64(1024), axis: i64(1) };
    const one: Case = { node, x: [[1, 900, 1], chirp(900)], initializers };
    const { dims, data, at } = await runCase(one, target);
    expect(dims).toEqual([1, 513, 2]);
    const expected: readonly [number, number, number][] = [
      [0, -16.50941015779972, 0],
      [7, -18.481601459372097, 9.484325532769637],
      [200, -19.858172933533965, -6.70337561150205],
      [511, -10.569714739905148, -35.91175323217182],
      [512, -3.0832052379846573, 0],
    ];
    for (const [k, re, im] of expected) {
      expect(data[at(0, k, 0) / 2]).toBeCloseTo(re, 4);
      expect(data[at(0, k, 1) / 2]).toBeCloseTo(im, 4);
    }
  });

  it("an inverse in two steps goes along any axis", async () => {
    const node = { op: "DFT", in: ["x", "", "axis"], attributes: { inverse: 1 } };
    const values = interleaved(chirp(1200), chirp(1200, 0.11));
    const one: Case = { node, x: [[600, 2, 2], values], initializers: { axis: i64(0) } };
    const { data, at } = await runCase(one, target);
    const expected: readonly [number, number, number, number][] = [
      [0, 0, -0.04294739909159641, 0.0056869955019404495],
      [1, 1, 0.04034536904874295, 0.03709700323629936],
      [299, 0, 0.018001491771657167, 0.03576320575468973],
      [599, 1, 0.06399732180925247, -0.012772759756992401],
    ];
    for (const [k, a, re, im] of expected) {
      expect(data[at(k, a)]).toBeCloseTo(re, 6);
      expect(data[at(k, a) + 1]).toBeCloseTo(im, 6);
    }
  });

  it("frames of a complex signal take a window", async () => {
    const one: Case = {
      node: { op: "STFT", in: ["x", "step", "window"], attributes: { onesided: 0 } },
      x: [[1, 11, 2], interleaved(chirp(11), chirp(11, 0.11))],
      initializers: { step: i64(3), window: tensor("f32", [5], [0.5, 1, 2, 1, 0.25]) },
    };
    const { dims, data } = await runCase(one, target);
    expect(dims).toEqual([1, 3, 5, 2]);
    const expected = [
      2.0772691, 2.0432218, -1.4953416, -2.9649452, 0.2420345, 2.0417842, 0.4317845, -1.5735164,
      -1.2557465, 0.4534556, 0.4184053, 1.2386627, 0.9078043, 1.0133815, -0.08253, -0.4167899,
      1.3744929, -0.0006436, -3.0864092, 0.2554541, -3.4560835, 0.4714605, 2.5128467, -1.1343354,
      -1.0636028, 0.3915885, 1.2338894, 1.6964032, 2.4836748, -3.2502627,
    ];
    expected.forEach((want, i) => expect(data[i]).toBeCloseTo(want, 5));
  });

  it("frames in two steps take a window of the run", async () => {
    const hann = Array.from({ length: 600 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / 300));
    const one: Case = {
      node: { op: "STFT", in: ["x", "step", "window"] },
      x: [[1, 1300, 1], chirp(1300)],
      initializers: { step: i64(350) },
      inputs: { window: tensor("f32", [600], hann) },
    };
    const { dims, data, at } = await runCase(one, target);
    expect(dims).toEqual([1, 3, 301, 2]);
    const expected: readonly [number, number, number, number][] = [
      [0, 3, 2.125074399929182, 8.67635745590977],
      [1, 150, -5.041519491707516, 4.318383234356366],
      [2, 300, -8.238376417573235, 0],
      [2, 42, 5.584099384908937, 7.091601515354392],
    ];
    for (const [f, k, re, im] of expected) {
      expect(data[at(0, f, k)]).toBeCloseTo(re, 4);
      expect(data[at(0, f, k) + 1]).toBeCloseTo(im, 4);
    }
  });
});

describe("what is refused", () => {
  const zeros = (...dims: readonly number[]): Case["x"] => [
    dims,
    new Array<number>(elementCount(dims)).fill(0),
  ];
  const dft = (x: Case["x"], attributes: NodeText["attributes"], n?: number): Case => ({
    node: { op: "DFT", in: n === undefined ? ["x"] : ["x", "n"], attributes: attributes ?? {} },
    x,
    initializers: n === undefined ? {} : { n: i64(n) },
  });
  const stft = (samples: number, length: number | undefined, window?: number): Case => ({
    node: {
      op: "STFT",
      in: ["x", "step", window === undefined ? "" : "window", length === undefined ? "" : "length"],
    },
    x: [[1, samples, 1], []],
    initializers: {
      step: i64(2),
      ...(length === undefined ? {} : { length: i64(length) }),
      ...(window === undefined ? {} : { window: tensor("f32", [window], zeros(window)[1]) }),
    },
  });

  it.each<[string, Case, Problem["code"], string]>([
    ["three parts", dft(zeros(1, 8, 3), {}), "type-mismatch", "expected f32[…, 1] or f32[…, 2]"],
    [
      "an inverse of one side",
      dft(zeros(1, 8, 1), { inverse: 1, onesided: 1 }),
      "unsupported",
      "one side",
    ],
    ["no samples", dft(zeros(1, 8, 1), {}, 0), "bad-attribute", "dft_length is 0"],
    ["a long prime", dft(zeros(1, 8191, 2), {}), "too-large", "8191 samples"],
    ["a transform without end", dft(zeros(1, 8, 2), {}, 2 ** 40), "too-large", "dft_length"],
    ["frames beyond the signal", stft(8, 9), "shape-mismatch", "a frame of 9 of 8 samples"],
    ["a window of nothing", stft(8, undefined, 0), "shape-mismatch", "f32[0]"],
    ["neither", stft(8, undefined), "missing-input", "neither a window nor"],
    ["frames without end", stft(2 ** 20, 2 ** 19), "too-large", "262145 frames"],
    ["a window of another length", stft(8, 4, 5), "shape-mismatch", "expected [4]"],
  ])("%s", (_, one, code, text) => {
    const [problem, ...others] = problemsOf(modelOf(one));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code });
    expect(problem!.message).toContain(text);
  });
});
