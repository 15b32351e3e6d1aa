/** Finds the parameters that a model uses and nobody has given values. */
import type { Untrained } from "../base/untrained.js";
import type { Definition } from "../graph/definition.js";
import { liveNodes } from "../graph/order.js";
import { resultsOf } from "../graph/states.js";

/** Of the model as it was written: passes compute other constants from what is drawn. */
export function untrainedOf(definition: Definition): Untrained {
  const { nodes, constants } = definition;
  const results = resultsOf(definition);
  const read = liveNodes(nodes, results).flatMap(({ inputs }) => inputs);
  const used = new Set([...results, ...read]);
  const parameters = constants.filter(
    ({ name, type, source }) =>
      used.has(`@${name}`) && (type.dtype === "f32" || source.kind === "seed"),
  );
  const drawn = parameters.filter(({ source }) => source.kind === "seed");
  return { names: drawn.map(({ name }) => name), parameters: parameters.length };
}
