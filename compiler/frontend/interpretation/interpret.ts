/** Puts interpretations behind a model: nodes that make of its outputs what an application wants to know. */
import { CompileError, type Problem } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
import { computedType, type TensorType } from "../../base/tensor.js";
import type { Definition, Operand, Output } from "../../graph/definition.js";
import { namesOf } from "../../graph/names.js";
import { typesOf } from "../../graph/operandTypes.js";
import { collect } from "../../graph/typing.js";
import { inferShapes, type InferOptions } from "../../infer/inferShapes.js";
import { graftOf, type Graft } from "../builder/graft.js";
import { createRecorder } from "../builder/value.js";
import { interpretOutput, type Interpretation } from "./kinds.js";
import { partName } from "./outputOptions.js";

/**
 * The model with its outputs interpreted: each that `interpretations` names is replaced by the parts that are
 * made of it, logitsScores and logitsClasses. Types of outputs must be known: `options` bind what the definition
 * leaves open, as they do in `compile`. Throws CompileError with everything that is wrong with names, shapes and
 * interpretations, or with the model.
 */
export function interpretModel(
  definition: Definition,
  interpretations: Readonly<Record<string, Interpretation>>,
  options: InferOptions = {},
): Definition {
  const names = Object.keys(interpretations);
  if (names.length === 0) return definition;
  const problems = unknownOutputs(definition, names);
  const types = collect(problems, {}, () => outputTypes(definition, options));
  if (types === undefined) throw new CompileError(problems);
  const taken = {
    values: namesOf([...definition.inputs, ...definition.nodes].map(({ name }) => name)),
    constants: namesOf(definition.constants.map(({ name }) => name)),
  };
  const grafts: Graft[] = [];
  const outputs = definition.outputs.flatMap((output): readonly Output[] => {
    if (!Object.hasOwn(interpretations, output.name)) return [output];
    const { name, value } = output;
    const made = collect(problems, { node: name }, () => {
      const given = interpretOutput(interpretations[name], {
        name,
        type: computedType(types.get(name)!),
      });
      const recorder = createRecorder();
      const parts = given.apply({ operand: SOURCE, recorder });
      const graft = graftOf(recorder, name, taken, new Map([[SOURCE, value]]));
      grafts.push(graft);
      const named = Object.entries(parts).map(([part, { operand }]) => ({
        name: partName(given.as ?? name, part),
        value: graft.nameOf(operand),
      }));
      return given.keep ? [output, ...named] : named;
    });
    return made ?? [];
  });
  problems.push(...duplicates(outputs));
  if (problems.length > 0) throw new CompileError(problems);
  return {
    ...definition,
    nodes: [...definition.nodes, ...grafts.flatMap(({ nodes }) => nodes)],
    outputs,
    constants: [...definition.constants, ...grafts.flatMap(({ constants }) => constants)],
  };
}

/** What a recorder calls the output: no op and no number makes this name. */
const SOURCE: Operand = "%";

/** Outputs that there are not; those that become states stay as they are. */
function unknownOutputs(definition: Definition, names: readonly string[]): Problem[] {
  const kept = new Set((definition.states ?? []).map(({ output }) => output));
  const known = definition.outputs.map(({ name }) => name).filter((name) => !kept.has(name));
  return names
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      if (kept.has(name)) {
        const hint = "interpret its value under another name";
        return { code: "usage", node: name, message: "becomes a state as it is", hint };
      }
      const message = `the model has no output '${name}' to interpret`;
      const hint = `it has ${known.join(", ") || "none"}`;
      return { code: "usage", message, hint, ...suggestion(name, known) };
    });
}

function outputTypes(definition: Definition, options: InferOptions): Map<string, TensorType> {
  const graph = inferShapes(definition, options);
  const types = typesOf(graph);
  return new Map(graph.outputs.map(({ name, value }) => [name, types.get(value)!]));
}

function duplicates(outputs: readonly Output[]): Problem[] {
  const names = outputs.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((node) => ({
    code: "duplicate-name",
    node,
    message: "two outputs would have this name",
    hint: "give one interpretation another `as`",
  }));
}
