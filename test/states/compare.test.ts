/** Models with states are judged by what their ops mean over all runs: what is wrong in a state is seen, and named. */
import { describe, expect, it, vi } from "vitest";
import { buildModule } from "../../compiler/cli/runModule.js";
import { compareModel } from "../../compiler/golden/compareModel.js";
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import { unroll } from "../../compiler/golden/unroll.js";
import type { Definition } from "../../compiler/graph/definition.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { graphProblems } from "../../compiler/graph/verify.js";
import { drawInputs } from "../../compiler/golden/drawInputs.js";
import { CELL, LINE } from "./models.js";

// That modules are laid out for people is looked at elsewhere.
vi.mock("prettier", () => ({ format: (source: string) => Promise.resolve(source) }));

/** Only the run after shows what becomes of h. */
const LATE = parseDefinition(`model late(%x: f32[1,8], %h: f32[1,8]) {
  %grown = tanh(%x)
  %next = add(%grown, %h)
  %y = matmul(%h, @w)
  state %h = next
  return y = %y, next = %next
}
@w : f32[8,8] = seed 5 center 0 spread 1
`);

const compare = async (definition: Definition, build: BuildModel, runs = 2) =>
  compareModel(
    { graph: inferShapes(definition), build, run: await build(definition, {}) },
    { runs, seed: 1 },
  );

/** Compiles another op in the place of one. */
const wrongly =
  (from: string, to: string): BuildModel =>
  (definition, options) => {
    const nodes = definition.nodes.map((node) => (node.op === from ? { ...node, op: to } : node));
    return buildModule({ ...definition, nodes }, options);
  };

describe("comparing", () => {
  it.each([CELL, LINE, LATE])("finds $name right, run after run", async (definition) => {
    const { outputs, ...rest } = await compare(definition, buildModule, 3);
    expect(rest).toEqual({ agrees: true, runs: 3 });
    expect(outputs.map(({ name }) => name)).not.toContain("next");
  });

  it("names the node that makes a state wrong", async () => {
    const { agrees, outputs, culprit } = await compare(LATE, wrongly("tanh", "softsign"));
    expect(agrees).toBe(false);
    expect(outputs[0]!.reason).toMatch(/^'y'/);
    expect(culprit).toMatchObject({ node: "grown", op: "tanh", comparedWith: "meaning" });
  });

  it("sees a state that is not kept", async () => {
    const forgetful: BuildModel = async (definition, options) => {
      const run = await buildModule(definition, options);
      return Object.assign((inputs: Parameters<typeof run>[0]) => {
        run.reset!();
        return run(inputs);
      }, run);
    };
    expect((await compare(LATE, forgetful)).agrees).toBe(false);
  });
});

it("what is judged is a graph: all runs, one after the other", () => {
  const graph = inferShapes(CELL);
  const runs = [1, 2, 3].map((seed) => drawInputs(graph, seed));
  const { graph: unrolled, inputs, last } = unroll(graph, runs);
  expect(graphProblems(unrolled)).toEqual([]);
  expect(unrolled.nodes).toHaveLength(3 * graph.nodes.length);
  expect([...inputs.keys()]).toEqual(["frame.run0", "frame.run1", "frame"]);
  expect(last("%hidden")).toBe("%next.run1");
  expect(last("%next")).toBe("%next");
});
