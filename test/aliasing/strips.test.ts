/** Maps that are computed some rows at a time are what they are as a whole, on every target, however few rows fit. */
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import type { StripChoices } from "../../compiler/program/layout/choices.js";
import { ENGINES } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { faultOf, prepare } from "./check.js";
import { randomInputs } from "./reference.js";
import { randomStripGraph } from "./randomStripGraph.js";

// Hundreds of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_STRIP_GRAPHS=20000 runs more, TILEWRIGHT_STRIP_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_STRIP_GRAPHS"] ?? 16);
const SEED = Number(process.env["TILEWRIGHT_STRIP_SEED"] ?? 1);

/** No map is small, and memory for a few rows or for many. */
const choicesOf = (seed: number): StripChoices => ({ cache: 0, room: 2 ** (8 + (seed % 7)) });

const BLOCK = `model block(%x: f32[1,4,14,10]) {
  %e = conv(%x, @e, @b) {}
  %s = silu(%e) {}
  %d = conv(%s, @d) {groups=8, pads=[1,1,1,1]}
  %r = relu(%d) {}
  %p = conv(%r, @p) {}
  %y = add(%p, %x) {}
  return y = %y
}
@e : f32[8,4,1,1] = seed 1 center 0 spread 1
@b : f32[8] = seed 4 center 0 spread 1
@d : f32[8,1,3,3] = seed 2 center 0 spread 1
@p : f32[4,8,1,1] = seed 3 center 0 spread 1
`;

const DEPTHWISE = `model depthwise(%x: f32[1,8,14,10]) {
  %d = conv(%x, @d) {groups=8, strides=[2,2], pads=[1,1,1,1]}
  %y = relu(%d) {}
  return y = %y
}
@d : f32[8,1,3,3] = seed 1 center 0 spread 1
`;

describe("strips", () => {
  it(
    `compute what whole maps are: ${GRAPHS} of seed ${SEED}`,
    async () => {
      let stripped = 0;
      for (let i = 0; i < GRAPHS; i++) {
        const seed = SEED * 1_000_000 + i;
        const definition = randomStripGraph(seed);
        const strips = choicesOf(seed);
        const kernels = planModel(definition, { strips }).program.kernels;
        if (!kernels.some(({ kernel }) => kernel.temporaries.length > 0)) continue;
        stripped++;
        const checked = prepare(definition, seed);
        const simd = ENGINES[1 + (i % (ENGINES.length - 1))] ?? ENGINES[0]!;
        for (const engine of new Set([ENGINES[0]!, simd])) {
          const fault = await faultOf(checked, engine, { strips });
          expect(fault, `seed ${seed}, ${engine}\n${printDefinition(definition)}`).toBeUndefined();
        }
      }
      expect(stripped).toBeGreaterThan(GRAPHS / 4);
    },
    60_000 + 200 * GRAPHS,
  );

  it("are the same bits where a copy of the input is one of them", async () => {
    const simd = ENGINES.at(-1)!;
    const definition = parseDefinition(DEPTHWISE);
    const strips = { cache: 4000, room: 4000 };
    const on = await loadProduct(definition, simd, { strips });
    const off = await loadProduct(definition, simd, { strips, disable: ["fuse-strips"] });
    const [more, fewer] = [off, on].map(({ result }) => result.program.kernels);
    expect(more!.map(({ role }) => role)).toEqual(["copy", "fill", "compute"]);
    expect(fewer!.map(({ role }) => role)).toEqual(["compute"]);
    const inputs = randomInputs(on.result.graph, 1);
    expect(on.run(inputs)).toEqual(off.run(inputs));
  });

  it.skipIf(ENGINES[0] !== "ts")("are the same bits where sums have the same order", async () => {
    const definition = parseDefinition(BLOCK);
    const strips = { cache: 4000, room: 4000 };
    const on = await loadProduct(definition, "ts", { strips });
    const off = await loadProduct(definition, "ts", { strips, disable: ["fuse-strips"] });
    const [more, fewer] = [off, on].map(({ result }) => result.program.kernels.length);
    expect(more! - fewer!).toBe(2);
    const inputs = randomInputs(on.result.graph, 1);
    expect(on.run(inputs)).toEqual(off.run(inputs));
  });
});
