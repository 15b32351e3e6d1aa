/** Makes values inside a model outputs as well, so that activations can be looked at. */
import { CompileError, type Problem } from "../base/error.js";
import { suggester } from "../base/suggest.js";
import type { Definition } from "./definition.js";

/**
 * The Definition with more outputs, named by the layers; an output that becomes a state is returned, too. Throws
 * CompileError with every layer there is not.
 */
export function exposeLayers(definition: Definition, layers: readonly string[]): Definition {
  const kept = new Set((definition.states ?? []).map(({ output }) => output));
  checkLayers(new Set([...definition.nodes.map(({ name }) => name), ...kept]), layers);
  const declared = new Set(definition.outputs.map(({ name }) => name));
  const added = [...new Set(layers)]
    .filter((layer) => !declared.has(layer))
    .map((name) => ({ name, value: `%${name}` as const }));
  const states = definition.states?.map((state) =>
    layers.includes(state.output) ? { ...state, keep: true as const } : state,
  );
  const outputs = [...definition.outputs, ...added];
  return { ...definition, outputs, ...(states === undefined ? {} : { states }) };
}

/** The Definition with these values for its outputs, if any are named. Throws CompileError with every one there is not. */
export function endAt(definition: Definition, values: readonly string[]): Definition {
  if (values.length === 0) return definition;
  const known = new Set([...definition.inputs, ...definition.nodes].map(({ name }) => name));
  checkLayers(known, values);
  const outputs = [...new Set(values)].map((name) => ({ name, value: `%${name}` as const }));
  return { ...definition, outputs };
}

function checkLayers(known: ReadonlySet<string>, layers: readonly string[]): void {
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
}
