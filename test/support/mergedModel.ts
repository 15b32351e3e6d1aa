/** Puts small models side by side into one, so that a module of all of them is emitted and loaded at once. */
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import type { Tensor } from "../../compiler/base/tensor.js";

/** What a name of model number `i` is called in the whole. */
export function nameIn(i: number, name: string): string {
  return `m${i}.${name}`;
}

/** All models as one: nothing of any of them is read by another. */
export function mergeModels(name: string, models: readonly Definition[]): Definition {
  const parts = models.map(renamed);
  return {
    name,
    inputs: parts.flatMap(({ inputs }) => inputs),
    nodes: parts.flatMap(({ nodes }) => nodes),
    outputs: parts.flatMap(({ outputs }) => outputs),
    constants: parts.flatMap(({ constants }) => constants),
  };
}

/** The inputs of all models as those of the whole. */
export function mergeInputs(all: readonly ReadonlyMap<string, Tensor>[]): Map<string, Tensor> {
  return new Map(
    all.flatMap((inputs, i) =>
      [...inputs].map(([name, value]) => [nameIn(i, name), value] as const),
    ),
  );
}

function renamed(model: Definition, i: number): Definition {
  const rename = (operand: Operand): Operand =>
    operand.startsWith("%") ? `%${nameIn(i, operand.slice(1))}` : `@${nameIn(i, operand.slice(1))}`;
  const own = <T extends { readonly name: string }>(one: T): T => ({
    ...one,
    name: nameIn(i, one.name),
  });
  return {
    name: model.name,
    inputs: model.inputs.map(own),
    nodes: model.nodes.map((node) => ({
      ...own(node),
      inputs: node.inputs.map((operand) => operand && rename(operand)),
    })),
    outputs: model.outputs.map((output) => ({ ...own(output), value: rename(output.value) })),
    constants: model.constants.map(own),
  };
}
