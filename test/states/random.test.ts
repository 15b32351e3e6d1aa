/** Random graphs with states, in memory full of NaN, compute run by run what they do where somebody keeps the states. */
import { describe, expect, it, vi } from "vitest";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import { randomAliasGraph } from "../aliasing/randomAliasGraph.js";
import { randomInputs } from "../aliasing/reference.js";
import { ENGINES, type Engine } from "../support/engine.js";
import { loadProduct } from "../support/product.js";
import { createRandom } from "../support/random.js";
import { byHand } from "./byHand.js";
import { withRandomStates } from "./randomStates.js";

// Hundreds of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_STATE_GRAPHS=2000 runs more, TILEWRIGHT_STATE_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_STATE_GRAPHS"] ?? 30);
const SEED = Number(process.env["TILEWRIGHT_STATE_SEED"] ?? 1);
const RUNS = 5;

function draw(i: number): { readonly definition: Definition; readonly seed: number } {
  for (let seed = SEED * 1_000_000 + i; ; seed += GRAPHS) {
    const definition = withRandomStates(randomAliasGraph(seed), createRandom(seed));
    if (definition !== undefined) return { definition, seed };
  }
}

/** Where five runs, a reset and two more differ from those of the states kept by hand. */
async function faultOf(definition: Definition, seed: number, engine: Engine) {
  const hand = await byHand(definition, engine);
  const { model, run } = await loadProduct(definition, engine);
  for (let i = 0; i < RUNS + 2; i++) {
    if (i === RUNS) {
      hand.reset();
      model.reset!();
    }
    const inputs = randomInputs({ ...hand.graph, inputs: hand.taken }, seed + 7 * i);
    const [actual, expected] = [run(inputs), hand.run(inputs)];
    for (const [name, { data }] of expected) {
      const got = actual.get(name)!.data;
      const at = data.findIndex((one, k) => !Object.is(one, got[k]));
      if (at >= 0) return `run ${i + 1}: ${name}[${at}] is ${got[at]} instead of ${data[at]}`;
    }
  }
  return undefined;
}

describe("graphs with states", () => {
  it(
    `compute what they do with states kept by hand: ${GRAPHS} of seed ${SEED}`,
    async () => {
      const faults: string[] = [];
      for (let i = 0; i < GRAPHS; i++) {
        const { definition, seed } = draw(i);
        const text = printDefinition(definition);
        expect(printDefinition(parseDefinition(text))).toBe(text);
        const engine = ENGINES[i % ENGINES.length]!;
        const fault = await faultOf(definition, seed, engine).catch(String);
        if (fault !== undefined) faults.push(`seed ${seed} on ${engine}: ${fault}\n${text}`);
      }
      expect(faults).toEqual([]);
    },
    60_000 + 400 * GRAPHS,
  );
});
