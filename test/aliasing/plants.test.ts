/** Tests of the tests: faults planted after each pass of Programs are found at compile time, and by random graphs where nobody verifies. */
import { describe, expect, it, vi } from "vitest";
import { planModel } from "../../compiler/compile.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { printDefinition } from "../../compiler/graph/text/print.js";
import { LAYOUT_PASSES } from "../../compiler/program/passes.js";
import type { Program } from "../../compiler/program/program.js";
import { ENGINES, targetOf } from "../support/engine.js";
import { faultOf, prepare } from "./check.js";
import { PLANTS } from "./plants/index.js";
import type { Plant } from "./plants/plant.js";
import { randomAliasGraph } from "./randomAliasGraph.js";
import { unfolded } from "./randomLoadGraph.js";

// Hundreds of modules are emitted: that they are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** Graphs that are searched for one that a fault makes wrong; a few are enough for most. */
const MOST_GRAPHS = 600;
const ENOUGH = 2;

interface Trial {
  /** Whether there was anything to spoil. */
  readonly spoiled: boolean;
  readonly refused: boolean;
  /** What goes wrong where nobody verifies. */
  readonly fault: string | undefined;
}

async function tryPlant(
  { pass, spoil, strips, loads, winograd }: Plant,
  definition: Definition,
  seed: number,
): Promise<Trial> {
  const engine = ENGINES[seed % ENGINES.length]!;
  let spoiled = false;
  const sabotage = {
    [pass]: (program: Program): Program => {
      const wrong = spoil(program);
      spoiled ||= wrong !== undefined;
      return wrong ?? program;
    },
  };
  const some = loads === undefined ? {} : unfolded();
  const options = {
    sabotage,
    ...some,
    ...(strips === undefined ? {} : { strips }),
    ...(winograd === undefined ? {} : { winograd }),
  };
  let refused = false;
  try {
    planModel(definition, { target: targetOf(engine), ...options });
  } catch (error) {
    refused = / made program .* wrong:/.test((error as Error).message);
    if (!refused) throw error;
  }
  if (!spoiled) return { spoiled, refused, fault: undefined };
  const checked = prepare(definition, seed, {}, some);
  const fault = await faultOf(checked, engine, { ...options, verify: false });
  return { spoiled, refused, fault };
}

describe("planted faults", () => {
  it.each(PLANTS.map((plant) => ({ ...plant, plant })))("$pass: $fault", async ({ plant }) => {
    const first = plant.from ?? 1;
    let found = 0;
    for (let seed = first; seed < first + MOST_GRAPHS && found < ENOUGH; seed++) {
      const definition = (plant.draw ?? randomAliasGraph)(seed);
      const { fault, refused } = await tryPlant(plant, definition, seed);
      if (fault === undefined) continue;
      found++;
      if (!refused) expect.fail(`verified, seed ${seed}: ${fault}\n${printDefinition(definition)}`);
    }
    expect(found, "graphs that it makes wrong").toBe(ENOUGH);
  });

  it("are there after every pass", () => {
    // States are what graphs here have none of: test/states/memory.test.ts plants their faults.
    const all = ["fuse-kernels", ...LAYOUT_PASSES.map(([name]) => name)];
    // Digits are computed by engines that few machines are: test/program/words/digits.test.ts plants theirs.
    const elsewhere = new Set(["update-states", "use-digits"]);
    const passes = all.filter((name) => !elsewhere.has(name));
    expect([...new Set(PLANTS.map(({ pass }) => pass))].sort()).toEqual(passes.sort());
  });
});
