/** Draws graphs whose values share memory while a model loads: some of what they begin with are constants, which nobody folds. */
import { startBudget } from "../../compiler/base/budget.js";
import type { CompileOptions } from "../../compiler/compile.js";
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import { createRandom } from "../support/random.js";
import { drawNodes } from "./randomAliasGraph.js";
import { randomInputs } from "./reference.js";

/** With these, whatever hangs on constants alone is left to kernels that run at load. */
export function unfolded(): CompileOptions {
  return { budget: startBudget({ foldedOperations: 0 }) };
}

/** A graph that only the seed decides. */
export function randomLoadGraph(seed: number): Definition {
  const random = createRandom(seed);
  const drawn = drawNodes(random, random.pick([2, 3, 4, 5]), () => random.int(5, 14));
  if (drawn.nodes.length === 0) return randomLoadGraph(seed + 1_000_003);
  const definition = { name: `load${seed}`, ...drawn };
  // One input stays, so that there is something to compute in a run.
  const fixed = definition.inputs.slice(1).filter(() => random.chance(0.8));
  const given = randomInputs(inferShapes(definition), seed);
  const names = new Map(fixed.map(({ name }, i): [Operand, Operand] => [`%${name}`, `@fixed${i}`]));
  const renamed = <T extends Operand | undefined>(operand: T): T =>
    (operand === undefined ? operand : (names.get(operand) ?? operand)) as T;
  return {
    ...definition,
    inputs: definition.inputs.filter((input) => !fixed.includes(input)),
    nodes: definition.nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed) })),
    outputs: definition.outputs.map((output) => ({ ...output, value: renamed(output.value) })),
    constants: [
      ...definition.constants,
      ...fixed.map(({ name }, i) => {
        const { type, data } = given.get(name)!;
        return { name: `fixed${i}`, type, source: { kind: "data" as const, data } };
      }),
    ],
  };
}
