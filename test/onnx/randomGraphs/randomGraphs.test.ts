/** Random graphs over all versions of all ops agree with onnxruntime-web, special values included. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Engine } from "../../support/engine.js";
import { SIMDS } from "../../support/simd.js";
import { compareGraph } from "./compare.js";
import { drafts } from "./randomGraph.js";
import { newTally } from "./spread.js";

/** TILEWRIGHT_RANDOM_GRAPHS=5000 runs more, TILEWRIGHT_RANDOM_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_RANDOM_GRAPHS"] ?? 400);
const SEED = Number(process.env["TILEWRIGHT_RANDOM_SEED"] ?? 1);

// Hundreds of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** Every fifth graph runs as WebAssembly. */
const WASM_EVERY = 5;

const engineOf = (index: number): Engine =>
  index % WASM_EVERY === WASM_EVERY - 1 ? SIMDS[0]! : "ts";

/** Throws what is wrong with run number `index` and the smallest graph that it is wrong with. */
async function shrink(index: number, wrong: string): Promise<never> {
  const engine = engineOf(index);
  const property = fc.asyncProperty(drafts, async (draft) => {
    const found = await compareGraph(draft, engine, newTally());
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
      const drawn = fc.sample(drafts, { seed: SEED, numRuns: GRAPHS });
      for (const [index, draft] of drawn.entries()) {
        const wrong = await compareGraph(draft, engineOf(index), tally);
        if (wrong !== "") await shrink(index, wrong);
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
