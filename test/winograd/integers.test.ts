/** Winograd's algorithm on integers: other programs, the same integers, bit for bit, on every engine. */
import { env } from "node:process";
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { elementCount, tensor, type Tensor } from "../../compiler/base/tensor.js";
import { planProgram } from "../../compiler/program/passes.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { Program } from "../../compiler/program/program.js";
import { PART } from "../../compiler/program/winograd/sums.js";
import { programFor } from "../../compiler/targets/variant.js";
import { inThreads, relaxed, variantOf } from "../../compiler/targets/wasm/variants.js";
import { lowerProgram } from "../../compiler/program/lower.js";
import { extremes } from "../support/byteConvolution.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { createRandom } from "../support/random.js";
import { randomByteWindows } from "./randomByteWindows.js";

vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** `TILEWRIGHT_BYTE_WINDOWS=1000`: so many instead. */
const COUNT = Number(env["TILEWRIGHT_BYTE_WINDOWS"] ?? 24);
const KINDS = ["f2", "f4"] as const;
type Winograd = "off" | "auto" | (typeof KINDS)[number];

const planned = (definition: Definition, winograd: Winograd): Program =>
  planModel(definition, { target: "wasm", winograd }).program;

const algorithms = (definition: Definition, winograd: Winograd): readonly string[] =>
  planned(definition, winograd).kernels.flatMap(({ algorithm }) => algorithm ?? []);

/** Whether an engine computes what the interpreter does: maxima of 0 and −0 may be either. */
async function differences(definition: Definition, x: Tensor, winograd: Winograd) {
  const inputs = new Map([["x", x]]);
  const graph = inferShapes(definition);
  const wanted = evaluateGraph(graph, inputs).get(graph.outputs[0]!.value)!.data;
  const wrong: string[] = [];
  for (const engine of ENGINES) {
    const { data } = (await loadProduct(definition, engine, { winograd })).run(inputs).get("y")!;
    const at = [...data].findIndex((y, i) => y !== wanted[i]);
    if (at >= 0) wrong.push(`${engine}: ${data[at]} at ${at} instead of ${wanted[at]}`);
  }
  return wrong;
}

/** 3×3 over so many channels, all weights of one size. */
const layer = (channels: number, weight: number, zero = 0): Definition =>
  parseDefinition(`model layer(%x: u8[1,${channels},8,8]) {
  %f = cast(%x) {to="f32"}
  %q = cast(%f) {to="u8"}
  %a = conv(%q, @w) {zero=${zero}, pads=[1,1,1,1]}
  %y = cast(%a) {to="f32"}
  return y = %y
}
@w : i8[8,${channels},3,3] = [${new Array<number>(8 * channels * 9).fill(weight).join()}]
`);

const all = (channels: number, value: number): Tensor =>
  tensor("u8", [1, channels, 8, 8], new Array<number>(channels * 64).fill(value));

describe("Winograd's algorithm on integers", () => {
  it(
    `computes ${COUNT} random layers as the interpreter does`,
    async () => {
      let taken = 0;
      for (let seed = 0; seed < COUNT; seed++) {
        const definition = randomByteWindows(seed);
        const { dims } = inferShapes(definition).inputs[0]!.type;
        const values = extremes(createRandom(seed), [0, 255], elementCount(dims));
        const winograd = KINDS[seed % 2]!;
        taken += Number(algorithms(definition, winograd).some((one) => one.includes("winograd")));
        const wrong = await differences(definition, tensor("u8", dims, values), winograd);
        expect(wrong, `seed ${seed}`).toEqual([]);
      }
      expect(taken).toBeGreaterThan(COUNT / 2);
    },
    60_000 + 10_000 * COUNT,
  );

  it("is another program, whose weights are transformed at load", () => {
    expect(algorithms(layer(32, 9), "off")).toEqual(["dots of bytes"]);
    expect(algorithms(layer(32, 9), "f2")).toEqual(["dots of bytes, winograd F(2×2, 3×3)"]);
    for (const winograd of ["f4", "auto"] as const)
      expect(algorithms(layer(32, 9), winograd)).toEqual(["dots of bytes, winograd F(4×4, 3×3)"]);
    const { kernels } = planned(layer(32, 9), "auto");
    expect(kernels.filter(({ atLoad }) => atLoad === true)).toHaveLength(2);
    const multiplies = JSON.stringify(lowerProgram(planned(layer(32, 9), "auto")).functions);
    expect(multiplies).toContain(`"dot16"`);
  });

  it("is not for engines that multiply four bytes at a time, which transform nothing", () => {
    const program = planned(layer(32, 9), "auto");
    for (const simd of ["usdot", "sdot"] as const) {
      const { functions, calls } = lowerProgram(programFor(program, variantOf[simd]));
      expect(JSON.stringify(functions)).not.toContain("dot16");
      expect(calls.filter(({ atLoad }) => atLoad === true)).toEqual([]);
      const without = lowerProgram(programFor(planned(layer(32, 9), "off"), variantOf[simd]));
      expect(functions.map(({ code }) => code.body)).toEqual(
        without.functions.map(({ code }) => code.body),
      );
    }
  });

  it.each([
    { channels: 115, kind: "f4", tiles: "F(4×4, 3×3)" },
    { channels: 116, kind: "f4", tiles: "F(3×4, 3×3)" },
    { channels: 1841, kind: "f2", tiles: "F(2×2, 3×3)" },
    { channels: 1842, kind: "f2", tiles: undefined },
  ] as const)(
    "leaves room for sums of $channels channels: $tiles",
    async ({ channels, kind, tiles }) => {
      const dots = "dots of bytes";
      for (const [weight, zero] of [
        [127, 0],
        [-127, 0],
        [127, 255],
      ] as const) {
        const definition = layer(channels, weight, zero);
        const name = tiles === undefined ? dots : `${dots}, winograd ${tiles}`;
        expect(algorithms(definition, kind)).toEqual([name]);
        if (channels > 200) continue;
        for (const value of [0, 255])
          expect(await differences(definition, all(channels, value), kind)).toEqual([]);
      }
      // Half as much of either sign is never in one sum.
      expect(algorithms(layer(channels, 1), kind)[0]).toContain("winograd");
    },
  );

  it("sums up words of many channels in parts", async () => {
    const definition = layer(1024, 1);
    const { kernels } = planned(definition, "f2");
    const [wide] = kernels.filter(({ algorithm }) => algorithm?.includes("winograd"));
    const parts = { name: PART, extent: 2 };
    expect(wide!.kernel.computes.flatMap(({ axes }) => axes)).toContainEqual(parts);
    const random = createRandom(5);
    const values = extremes(random, [0, 255], 1024 * 64);
    expect(await differences(definition, tensor("u8", [1, 1024, 8, 8], values), "f2")).toEqual([]);
  });

  it("is left to windows where a wider zero point or an edge would not fit", () => {
    const of = (zero: number, pad: string): Definition =>
      parseDefinition(`model layer(%x: u8[1,32,8,8]) {
  %f = cast(%x) {to="f32"}
  %q = cast(%f) {to="u8"}
  %a = conv(%q, @w) {zero=${zero}, pads=[1,1,1,1]${pad}}
  %y = cast(%a) {to="f32"}
  return y = %y
}
@w : i8[8,32,3,3] = seed 1 center 0 spread 100
`);
    expect(algorithms(of(128, ""), "f4")[0]).toContain("winograd");
    expect(algorithms(of(128, `, padMode="replicate"`), "f4")[0] ?? "").not.toContain("winograd");
  });

  it("takes the same tiles where threads share it", () => {
    const graph = inferShapes(layer(64, 5));
    const [alone, shared] = [relaxed, inThreads(relaxed)].map((planner) =>
      planProgram(graph, planner, {}).kernels.flatMap(({ algorithm }) => algorithm ?? []),
    );
    expect(shared).toEqual(alone);
  });

  it("is found out where the form for other engines is another one", () => {
    const sabotage = (program: Program): Program => ({
      ...program,
      kernels: program.kernels.map((one) =>
        one.windows === undefined ? one : { ...one, windows: { ...one.windows } },
      ),
    });
    const options = { target: "wasm", sabotage: { "use-integer-winograd": sabotage } } as const;
    expect(() => planModel(layer(32, 9), options)).toThrow(/is over words what it was not/);
  });
});
