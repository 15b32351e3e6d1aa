/** Makes an op case a model of one node, so that everything that runs models can run it. */
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import type { Tensor } from "../../compiler/base/tensor.js";
import type { OpCase } from "../ops/cases/index.js";

export interface OpModel {
  /** Output y of inputs x0, x1, … */
  readonly definition: Definition;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** Operands but the first are inputs, or constants as weights are. */
export function opModel(op: string, one: OpCase, weights: boolean): OpModel {
  const operands = one.inputs.map((value, i) => {
    if (value === undefined) return undefined;
    const isConstant = weights && i > 0;
    const name: Operand = isConstant ? `@x${i}` : `%x${i}`;
    return { name, value, isConstant };
  });
  const given = operands.filter((operand) => operand !== undefined);
  const inputs = given.filter(({ isConstant }) => !isConstant);
  const constants = given.filter(({ isConstant }) => isConstant);
  const bare = (name: Operand): string => name.slice(1);
  return {
    definition: {
      name: op,
      inputs: inputs.map(({ name, value }) => ({ name: bare(name), ...value.type })),
      nodes: [
        {
          name: "y",
          op,
          inputs: operands.map((operand) => operand?.name),
          attributes: one.attributes ?? {},
        },
      ],
      outputs: [{ name: "y", value: "%y" }],
      constants: constants.map(({ name, value }) => ({
        name: bare(name),
        type: value.type,
        source: { kind: "data", data: value.data },
      })),
    },
    inputs: new Map(inputs.map(({ name, value }) => [bare(name), value])),
  };
}
