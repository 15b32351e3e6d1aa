/** Networks of integers with scales: sums of integers have the values that sums of floats have, and other programs. */
import { describe, expect, it } from "vitest";
import { planModel } from "../../compiler/compile.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { parseDefinition } from "../../compiler/graph/text/parse.js";
import { printGraph } from "../../compiler/graph/text/print.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { passes, runPasses, type PassOptions } from "../../compiler/passes/index.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import { compilePrograms, execute } from "../support/execution.js";
import { verifyGraph } from "../support/verifyGraph.js";
import { SIMDS } from "../support/simd.js";
import { quantizedModel } from "./quantizedModel.js";

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const OFF = ["quantized-sums"];

/** How far a tensor is from what it should be: integers by steps, floats by 16 eps of the largest. */
function differs({ type, data }: Tensor, wanted: Tensor): number {
  const [own, other] = [data, wanted.data].map((list) => Array.from(list, Number));
  const largest = other!.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-9);
  const unit = type.dtype === "f32" ? 2 ** -19 * largest : 1;
  return own!.reduce((most, one, i) => Math.max(most, Math.abs(one - other![i]!)), 0) / unit;
}

/** Values of the outputs, in order. */
function valuesOf(graph: Graph, inputs: ReadonlyMap<string, Tensor>): Tensor[] {
  const values = evaluateGraph(graph, inputs);
  return graph.outputs.map(({ value }) => values.get(value)!);
}

describe("sums of integers with scales", () => {
  it("are sums of floats where those round nothing, and within a step otherwise", () => {
    const fired = new Map<string, number>();
    const observe: PassOptions["observe"] = (_, graph, log) => {
      verifyGraph(graph);
      for (const { rule } of log.fired) fired.set(rule, (fired.get(rule) ?? 0) + 1);
    };
    let [elements, different] = [0, 0];
    for (const seed of seeds(32)) {
      const { definition, inputs, exact } = quantizedModel(seed);
      const before = inferShapes(definition);
      const after = runPasses(before, { observe });
      expect(printGraph(after)).not.toBe(printGraph(runPasses(before, { disable: OFF })));
      const wanted = valuesOf(before, inputs);
      for (const [i, own] of valuesOf(after, inputs).entries()) {
        const difference = differs(own, wanted[i]!);
        // A step in one layer becomes several in the next.
        expect(difference, `output ${i} of seed ${seed}`).toBeLessThanOrEqual(exact ? 0 : 3);
        if (own.type.dtype === "f32") continue;
        elements += own.data.length;
        different += own.data.filter((one, at) => one !== wanted[i]!.data[at]).length;
      }
    }
    expect(different / elements).toBeLessThan(1e-3);
    const rules = passes.slice(0, 2).flatMap(({ stages }) => stages.flat());
    // These networks have no sums of two values: where those lie halfway a step is meant to differ.
    for (const { name } of rules.filter((rule) => rule.name !== "zero-before-rounding"))
      expect(fired.get(name) ?? 0, name).toBeGreaterThan(2);
  });

  it("are so for more channels than anybody computes zero points of beforehand", () => {
    const text = `model wide(%x: f32[2,8]) {
  %q = cast(%x) {to="u8"}
  %a = cast(%q) {to="f32"}
  %b = mul(%a, @step)
  %w = cast(@w) {to="f32"}
  %z = cast(@zero) {to="f32"}
  %v = sub(%w, %z)
  %s = mul(%v, @scale)
  %y = matmul(%b, %s)
  return y = %y
}
@step : f32[] = [0.5]
@w : i8[8,5000] = seed 1 center 0 spread 100
@zero : i8[5000] = seed 1 center 0 spread 0
@scale : f32[5000] = seed 2 center 0.1 spread 0.05
`;
    const { constants } = planModel(parseDefinition(text), { target: "wasm" }).graph;
    const weights = constants.filter(({ type }) => type.dims.length === 2);
    expect(weights.map(({ type }) => type.dtype)).toEqual(["i8"]);
  });

  it("are the same integers in every target, floats but for the last bits", async () => {
    const models = seeds(3).map(quantizedModel);
    const programs = (target: "ts" | "wasm") =>
      models.map(({ definition }) => planModel(definition, { target }).program);
    const all = [
      await compilePrograms(programs("ts")),
      ...(await Promise.all(SIMDS.map((simd) => compilePrograms(programs("wasm"), simd)))),
    ];
    for (const [i, { definition, inputs }] of models.entries()) {
      const graph = runPasses(inferShapes(definition));
      const wanted = valuesOf(graph, inputs);
      for (const executions of all) {
        const outputs = execute(executions[i]!, inputs);
        graph.outputs.forEach(({ name }, o) =>
          expect(differs(outputs.get(name)!, wanted[o]!), `${name} of seed ${i + 1}`).toBeLessThan(
            1,
          ),
        );
      }
    }
  });
});
