/** Winograd's algorithm as users meet it: emitted modules with it and without, on every engine. */
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { randomInputs } from "../aliasing/reference.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { randomWindows } from "./randomWindows.js";

vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

const MODELS = Number(process.env["TILEWRIGHT_WINDOWS"] ?? 40);
const KINDS = ["f2", "f4"] as const;
/** Of the root mean square of a layer's output: what is promised. */
const BOUND = { off: 1e-5, f2: 1e-5, f4: 5e-5, auto: 5e-5 } as const;

/** The largest error of any element over the root mean square of all. */
function errorOf(actual: Tensor, expected: Tensor): number {
  let [most, squares] = [0, 0];
  expected.data.forEach((value, i) => {
    squares += Number(value) ** 2;
    const error = Math.abs(Number(actual.data[i]) - Number(value));
    most = Number.isNaN(error) ? Infinity : Math.max(most, error);
  });
  return most / Math.sqrt(squares / expected.data.length);
}

async function errors(
  definition: Definition,
  engine: Engine,
  kinds: readonly (keyof typeof BOUND)[],
  seed: number,
): Promise<readonly number[]> {
  const graph = inferShapes(definition);
  const inputs = randomInputs(graph, seed);
  const expected = evaluateGraph(graph, inputs).get(graph.outputs[0]!.value)!;
  const found: number[] = [];
  for (const winograd of kinds) {
    const product = await loadProduct(definition, engine, { winograd });
    product.run(randomInputs(graph, seed + 1));
    found.push(errorOf(product.run(inputs).get(graph.outputs[0]!.name)!, expected));
  }
  return found;
}

const layer = (
  channels: number,
  size: number,
  [kh = 3, kw = 3]: readonly number[] = [],
): Definition => {
  const pads = [kh, kw, kh, kw].map((taps) => Math.floor(taps / 2));
  return parseDefinition(`model layer(%x: f32[1,${channels},${size},${size}]) {
  %y = conv(%x, @w) {pads=[${pads.join()}]}
  return y = %y
}
@w : f32[8,${channels},${kh},${kw}] = seed 1 center 0 spread ${1 / Math.sqrt(kh * kw * channels)}
`);
};

const algorithms = (definition: Definition, winograd: keyof typeof BOUND): readonly string[] =>
  planModel(definition, { target: "wasm", winograd }).program.kernels.flatMap(
    ({ algorithm }) => algorithm ?? [],
  );

describe("Winograd's algorithm", () => {
  it(
    `computes ${MODELS} random networks of windows`,
    async () => {
      const wrong: string[] = [];
      for (let seed = 0; seed < MODELS; seed++) {
        const kind = KINDS[seed % 2]!;
        const engine = ENGINES[seed % ENGINES.length]!;
        const definition = randomWindows(seed);
        const [error] = await errors(definition, engine, [kind], 2 * seed);
        if (!(error! <= 2 * BOUND[kind])) wrong.push(`${seed} ${engine} ${kind}: ${error}`);
      }
      expect(wrong).toEqual([]);
    },
    20_000 + 1000 * MODELS,
  );

  it.each([16, 64, 512])("keeps its bounds for %i channels", { timeout: 60_000 }, async (c) => {
    for (const engine of ENGINES) {
      const [off, f2, f4] = await errors(layer(c, 6), engine, ["off", "f2", "f4"], 3);
      expect(off, `${engine} off`).toBeLessThanOrEqual(BOUND.off);
      expect(f2, `${engine} f2`).toBeLessThanOrEqual(BOUND.f2);
      expect(f4, `${engine} f4`).toBeLessThanOrEqual(BOUND.f4);
      // Without a change of what is computed there would be nothing to promise.
      expect(f4, engine).not.toBe(off);
    }
  });

  it.each([
    { taps: [5, 5], f2: undefined, f4: "F(3×3, 5×5)" },
    { taps: [1, 7], f2: undefined, f4: "F(2, 7)" },
    { taps: [7, 1], f2: undefined, f4: "F(2, 7)" },
    { taps: [1, 5], f2: undefined, f4: "F(3, 5)" },
    { taps: [1, 3], f2: "F(2, 3)", f4: "F(6, 3)" },
    { taps: [2, 2], f2: "F(3×3, 2×2)", f4: "F(4×4, 2×2)" },
    { taps: [3, 5], f2: undefined, f4: "F(3×3, 3×5)" },
  ])("keeps its bounds for windows of $taps", { timeout: 60_000 }, async ({ taps, f2, f4 }) => {
    const definition = layer(64, 6, taps);
    const names = (name: string | undefined) => (name === undefined ? [] : [`winograd ${name}`]);
    expect(algorithms(definition, "f2")).toEqual(names(f2));
    expect(algorithms(definition, "f4")).toEqual(names(f4));
    const engine = ENGINES[(taps[0]! + taps[1]!) % ENGINES.length]!;
    const [off, small, large] = await errors(definition, engine, ["off", "f2", "f4"], 3);
    expect(small, `${engine} f2`).toBeLessThanOrEqual(BOUND.f2);
    expect(large, `${engine} f4`).toBeLessThanOrEqual(BOUND.f4);
    expect(large, engine).not.toBe(off);
  });

  it("is another program, whose weights are transformed at load", () => {
    const kernelsOf = (winograd: "off" | "f2" | "f4") =>
      planModel(layer(16, 12), { target: "wasm", winograd }).program.kernels;
    expect(algorithms(layer(16, 12), "off")).toEqual([]);
    for (const [kind, name] of [
      ["f2", "winograd F(2×2, 3×3)"],
      ["f4", "winograd F(4×4, 3×3)"],
    ] as const) {
      const kernels = kernelsOf(kind);
      expect(kernels.flatMap(({ algorithm }) => algorithm ?? [])).toEqual([name]);
      expect(kernels.filter(({ atLoad }) => atLoad === true)).toHaveLength(1);
    }
  });

  it.each([
    {
      what: "a kernel for each phase",
      shapes: [32, 32, 5],
      auto: [
        "phase 1 of 4, winograd F(4×4, 3×3)",
        "phase 2 of 4, winograd F(4×4, 3×2)",
        "phase 3 of 4, winograd F(4×4, 2×3)",
        "phase 4 of 4, winograd F(4×4, 2×2)",
      ],
    },
    {
      what: "phases as channels",
      shapes: [64, 3, 7],
      auto: ["phases as channels", "phases as channels, winograd F(3×4, 4×4)"],
    },
  ])("computes windows that move by two of their taps: $what", async ({ shapes, auto }) => {
    const [outputs, inputs, taps] = shapes as [number, number, number];
    const pads = Array.from({ length: 4 }, () => Math.floor(taps / 2));
    const definition = parseDefinition(`model steps(%x: f32[1,${inputs},16,16]) {
  %y = conv(%x, @w, @b) {strides=[2,2], pads=[${pads.join()}]}
  return y = %y
}
@w : f32[${outputs},${inputs},${taps},${taps}] = seed 1 center 0 spread ${1 / (taps * Math.sqrt(inputs))}
@b : f32[${outputs}] = seed 2 center 0 spread 1
`);
    expect(algorithms(definition, "auto")).toEqual(auto);
    expect(algorithms(definition, "off")).toEqual([]);
    const { program } = planModel(definition, { target: "wasm", disable: ["split-phases"] });
    expect(program.kernels.filter(({ role }) => role === "compute")).toHaveLength(1);
    const [off] = await errors(definition, ENGINES[0]!, ["off"], 3);
    for (const engine of ENGINES) {
      const [on] = await errors(definition, engine, ["auto"], 3);
      expect(on, engine).toBeLessThanOrEqual(BOUND.auto);
      expect(on, engine).not.toBe(off);
    }
  });

  it("transforms weights once for all that share them", async () => {
    const twice = parseDefinition(`model twice(%x: f32[1,16,8,8]) {
  %a = conv(%x, @w) {pads=[1,1,1,1]}
  %y = conv(%a, @w) {pads=[1,1,1,1]}
  return y = %y
}
@w : f32[16,16,3,3] = seed 1 center 0 spread 0.2
`);
    const { kernels } = planModel(twice, { target: "wasm", winograd: "f4" }).program;
    expect(kernels.filter(({ algorithm }) => algorithm !== undefined)).toHaveLength(2);
    expect(kernels.filter(({ atLoad }) => atLoad === true)).toHaveLength(1);
    for (const engine of ENGINES)
      expect((await errors(twice, engine, ["f4"], 5))[0]).toBeLessThanOrEqual(2 * BOUND.f4);
  });

  it.each([
    [128, 128, 56],
    [32, 128, 56],
    [96, 128, 28],
    [64, 256, 27],
    [512, 512, 7],
  ])(
    "takes the same tiles where threads share it: %i to %i channels, %i²",
    (inputs, outputs, size) => {
      const definition = parseDefinition(`model shared(%x: f32[1,${inputs},${size},${size}]) {
  %y = conv(%x, @w) {pads=[1,1,1,1]}
  return y = %y
}
@w : f32[${outputs},${inputs},3,3] = seed 1 center 0 spread 0.1
`);
      const tiles = (threads: boolean) =>
        planModel(definition, { target: "wasm", threads }).program.kernels.flatMap(
          ({ algorithm }) => algorithm ?? [],
        );
      expect(tiles(true)).toHaveLength(1);
      expect(tiles(true)).toEqual(tiles(false));
    },
  );
});
