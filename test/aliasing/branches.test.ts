/** Random graphs with branches compute what their ops mean whichever sides are taken, in memory that holds what was there before. */
import { expect, it, vi } from "vitest";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { ENGINES } from "../support/engine.js";
import { faultOf, prepare, report } from "./check.js";
import { randomBranchGraph } from "./randomBranchGraph.js";
import { randomInputs } from "./reference.js";

vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** TILEWRIGHT_BRANCH_GRAPHS=5000 runs more, TILEWRIGHT_BRANCH_SEED=7 others. */
const GRAPHS = Number(process.env["TILEWRIGHT_BRANCH_GRAPHS"] ?? 20);
const SEED = Number(process.env["TILEWRIGHT_BRANCH_SEED"] ?? 1);

/** Conditions that are inputs go the other way in the second run. */
function otherWay(definition: ReturnType<typeof randomBranchGraph>, seed: number) {
  const graph = inferShapes(definition);
  const first = randomInputs(graph, 2 * seed);
  const conditions = graph.inputs.filter(({ type }) => type.dtype === "bool");
  return Object.fromEntries(
    conditions.map(({ name }) => [name, Uint8Array.of(1 - Number(first.get(name)!.data[0]))]),
  );
}

it(
  `run what is taken: ${GRAPHS} of seed ${SEED}`,
  async () => {
    const reports: string[] = [];
    for (let i = 0; i < GRAPHS && reports.length < 5; i++) {
      const seed = SEED * 1_000_000 + i;
      const definition = randomBranchGraph(seed);
      const engine = ENGINES[i % ENGINES.length]!;
      const checked = prepare(definition, seed, otherWay(definition, seed));
      const fault = await faultOf(checked, engine);
      if (fault !== undefined) reports.push(await report(definition, seed, engine, fault));
    }
    expect(reports.join("\n")).toBe("");
  },
  60_000 + 200 * GRAPHS,
);
