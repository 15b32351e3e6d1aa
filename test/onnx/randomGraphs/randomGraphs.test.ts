/** Random graphs over all versions of all ops agree with onnxruntime-web, special values included. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../support/engine.js";
import { SIMDS } from "../../support/simd.js";
import { compareGraphs } from "./compare.js";
import { plans } from "./randomGraph.js";
import { newTally } from "./spread.js";

/** TILEWRIGHT_RANDOM_GRAPHS=5000 runs more, TILEWRIGHT_RANDOM_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_RANDOM_GRAPHS"] ?? 500);
const SEED = Number(process.env["TILEWRIGHT_RANDOM_SEED"] ?? 1);

/** Graphs are compiled so many at once; every fifth batch runs as WebAssembly. */
const BATCH = 25;
const WASM_EVERY = 5;

const engineOf = (batch: number): Engine =>
  batch % WASM_EVERY === WASM_EVERY - 1 ? SIMDS[0]! : "ts";

/** Throws what is wrong with run number `index` and the smallest graph that it is wrong with. */
async function shrink(index: number, wrong: string): Promise<never> {
  const engine = engineOf(Math.floor(index / BATCH));
  const property = fc.asyncProperty(plans, async (plan) => {
    const [found] = await compareGraphs([plan], engine, newTally());
    if (found !== "") throw new Error(found);
  });
  await fc.assert(property, { seed: SEED, numRuns: GRAPHS, path: String(index) });
  throw new Error(wrong);
}

describe("random graphs", () => {
  it(
    "agree with onnxruntime-web",
    async () => {
      const tally = newTally();
      const drawn = fc.sample(plans, { seed: SEED, numRuns: GRAPHS });
      for (let from = 0; from < drawn.length; from += BATCH) {
        const batch = drawn.slice(from, from + BATCH);
        const results = await compareGraphs(batch, engineOf(from / BATCH), tally);
        const first = results.findIndex((wrong) => wrong !== "");
        if (first >= 0) await shrink(from + first, results[first]!);
      }
      const { nodes, excepted, graphs, whole, refused, elements, open } = tally;
      console.log(
        `seed ${SEED}: ${graphs} graphs of ${nodes} nodes, ${whole} of them whole; ${excepted} nodes are excepted, ${refused} graphs refused, ${open} of ${elements} elements open`,
      );
      expect(refused).toBeLessThanOrEqual(0.01 * GRAPHS);
      expect(whole).toBeGreaterThan(0.7 * GRAPHS);
      expect(open).toBeLessThanOrEqual(0.01 * elements);
    },
    60_000 + 1000 * GRAPHS,
  );
});
