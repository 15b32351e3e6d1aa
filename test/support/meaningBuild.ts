/** Runs small models by what their ops mean, where compiling them would take longer. */
import type { BuildModel } from "../../compiler/golden/prepareCase.js";
import { evaluateGraph } from "../../compiler/graph/evaluate.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";

export const meaningBuild: BuildModel = (definition, options) => {
  const graph = inferShapes(definition, options);
  return Promise.resolve((inputs) => {
    const values = evaluateGraph(graph, inputs, options.readFile);
    const outputs = graph.outputs.map(({ name, value }) => [name, values.get(value)!] as const);
    return Promise.resolve(new Map(outputs));
  });
};
