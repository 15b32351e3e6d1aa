/** Nodes that are written beside a model that is there: under names that it does not have. */
import type { Constant, DefinitionNode, Operand } from "../../graph/definition.js";
import { takeName, type Names } from "../../graph/names.js";
import type { Recorder } from "./value.js";

export interface Graft {
  readonly nodes: readonly DefinitionNode[];
  readonly constants: readonly Constant[];
  /** What an operand of the recorder is called in the model. */
  nameOf(operand: Operand): Operand;
}

/** The names that a model has taken. */
export interface TakenNames {
  /** Of inputs and nodes. */
  readonly values: Names;
  readonly constants: Names;
}

/**
 * What a recorder collected, each node called `prefix.name`, as photo.cast_1. `given` says what the recorder's
 * own inputs are in the model, where they are called otherwise.
 */
export function graftOf(
  { nodes, constants }: Pick<Recorder, "nodes" | "constants">,
  prefix: string,
  taken: TakenNames,
  given: ReadonlyMap<Operand, Operand> = new Map(),
): Graft {
  const renamed = new Map(given);
  for (const { name } of nodes) {
    renamed.set(`%${name}`, `%${takeName(taken.values, `${prefix}.${name}`)}`);
  }
  for (const name of constants.keys()) {
    renamed.set(`@${name}`, `@${takeName(taken.constants, `${prefix}.${name}`)}`);
  }
  const nameOf = (operand: Operand): Operand => renamed.get(operand) ?? operand;
  return {
    nodes: nodes.map((node) => ({
      ...node,
      name: nameOf(`%${node.name}`).slice(1),
      inputs: node.inputs.map((operand) => operand && nameOf(operand)),
    })),
    constants: [...constants.values()].map((constant) => ({
      ...constant,
      name: nameOf(`@${constant.name}`).slice(1),
    })),
    nameOf,
  };
}
