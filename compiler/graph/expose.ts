/** Makes values inside a model outputs as well, so that activations can be looked at. */
import { CompileError, type Problem } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import type { Definition } from "./definition.js";

/** The Definition with more outputs, named by the layers. Throws CompileError with every layer there is not. */
export function exposeLayers(definition: Definition, layers: readonly string[]): Definition {
  const known = new Set(definition.nodes.map(({ name }) => name));
  const suggest = suggester(known);
  const problems = layers
    .filter((layer) => !known.has(layer))
    .map((layer): Problem => ({
      code: "unknown-operand",
      message: "there is no such layer whose value could be an output",
      node: layer,
      ...suggest(layer),
    }));
  if (problems.length > 0) throw new CompileError(problems);
  const declared = new Set(definition.outputs.map(({ name }) => name));
  const added = [...new Set(layers)]
    .filter((layer) => !declared.has(layer))
    .map((name) => ({ name, value: `%${name}` as const }));
  return { ...definition, outputs: [...definition.outputs, ...added] };
}
