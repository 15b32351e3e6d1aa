/** Bytes where they are faster in every engine: which layers that is, why others stay f32, and that outputs stay what they were. */
import { describe, expect, it } from "vitest";
import { planModel, type PlanOptions } from "../../compiler/compile.js";
import { costOf } from "../../compiler/golden/weightsCost.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { QUANTIZE } from "../../compiler/passes/arithmetic.js";
import { randomInputs } from "../aliasing/reference.js";
import { compilePrograms, execute } from "../support/execution.js";

describe("bytes where they are faster", () => {
  const definition = parseDefinition(`model auto(%x: f32[1,64,28,28]) {
  %a = conv(%x, @a) {pads=[1,1,1,1]}
  %b = relu(%a)
  %wide = conv(%b, @w)
  %few = conv(%b, @f)
  %c = relu(%wide)
  %last = conv(%c, @l)
  return few = %few, last = %last
}
@a : f32[64,64,3,3] = seed 1 center 0 spread 0.1
@w : f32[128,64,1,1] = seed 2 center 0 spread 0.1
@f : f32[8,64,1,1] = seed 3 center 0 spread 0.1
@l : f32[24,128,1,1] = seed 4 center 0 spread 0.1
`);
  const planOf = (options: PlanOptions) => {
    const notes: string[] = [];
    const { program, graph } = planModel(definition, {
      ...options,
      observe(pass, result) {
        if (pass !== QUANTIZE || result.kind !== "graph") return;
        for (const { node, reason } of result.log!.notes) notes.push(`${node}: ${reason}`);
      },
    });
    const sums = graph.nodes.flatMap(({ name }) => (name.endsWith(".sum") ? [name] : []));
    return { program, graph, notes, sums };
  };

  it("are windows by Winograd's algorithm, but not short rows of outputs, nor numbers in TypeScript", () => {
    const { sums, notes } = planOf({ target: "wasm", arithmetic: "auto" });
    // What is rounded for others anyway takes no time to round.
    expect(sums).toEqual(["a.sum", "wide.sum", "few.sum"]);
    expect(notes).toMatchInlineSnapshot(`
      [
        "last: matmul 'last' stays f32: f32 takes 2.42 million multiply-adds, bytes as long as 1.34 and 2.01 for rounding",
      ]
    `);
    const off = planOf({ target: "wasm", arithmetic: "auto", winograd: "off" });
    expect(off.sums).toEqual(["a.sum", "wide.sum", "few.sum"]);
    const kept = planOf({ target: "wasm", arithmetic: "auto", keep: ["wide"] });
    expect(kept.sums).toEqual(["a.sum"]);
    expect(planOf({ target: "ts", arithmetic: "auto" }).sums).toEqual([]);
  });

  it("differ from f32 by what rounding costs, in another program", async () => {
    const [f32, auto] = (["f32", "auto"] as const).map((arithmetic) =>
      planOf({ target: "wasm", arithmetic }),
    );
    const inputs = randomInputs(f32!.graph, 5);
    const [exact, rounded] = (await compilePrograms([f32!.program, auto!.program], "plain")).map(
      (execution) => execute(execution, inputs),
    );
    for (const { name } of f32!.graph.outputs) {
      const { signalToNoise } = costOf(name, rounded!.get(name)!, exact!.get(name)!);
      expect(signalToNoise, name).toBeGreaterThan(36);
      expect(signalToNoise, name).toBeLessThan(60);
    }
  });
});
