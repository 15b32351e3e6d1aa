/** Draws states for a random graph: inputs that become values of it, each other, themselves, or what is returned, too. */
import { elementCount, newData, sameType, type TensorType } from "../../compiler/base/tensor.js";
import type { Constant, Definition, Operand, State } from "../../compiler/graph/definition.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Random } from "../support/random.js";

/** The model with some of its inputs as states; undefined where it has no value that one could become. */
export function withRandomStates(definition: Definition, random: Random): Definition | undefined {
  const graph = inferShapes(definition);
  const values: readonly (readonly [Operand, TensorType])[] = [
    ...graph.inputs.map(({ name, type }) => [`%${name}`, type] as const),
    ...graph.nodes.map(({ name, type }) => [`%${name}`, type] as const),
    // Now and then what is made of a state by a node of its own.
    ...graph.inputs.map(({ name, type }) => [`%${name}.next`, type] as const),
  ];
  const nodes = graph.inputs.flatMap(({ name, type }) =>
    type.dtype === "f32"
      ? [{ name: `${name}.next`, op: "tanh", inputs: [`%${name}` as const] }]
      : [],
  );
  const made = new Set(nodes.map(({ name }) => `%${name}`));
  const outputs = [...definition.outputs];
  const constants: Constant[] = [...definition.constants];
  const states: State[] = [];
  for (const { name, type } of graph.inputs) {
    if (!random.chance(0.75)) continue;
    const fitting = values.filter(
      ([operand, other]) =>
        sameType(type, other) && (!operand.endsWith(".next") || made.has(operand)),
    );
    const [value] = random.pick(fitting);
    const returned = outputs.find((one) => one.value === value);
    const output = returned !== undefined && random.chance(0.5) ? returned.name : `next.${name}`;
    if (output !== returned?.name) outputs.push({ name: output, value });
    const initial = random.chance(0.3) ? (`@first.${name}` as const) : undefined;
    if (initial !== undefined) constants.push(firstValue(initial.slice(1), type, random));
    states.push({
      ...{ input: name, output },
      ...(random.chance(0.3) ? { keep: true as const } : {}),
      ...(initial === undefined ? {} : { initial }),
    });
  }
  const hidden = states.flatMap(({ output, keep }) => (keep === true ? [] : [output]));
  if (states.length === 0 || outputs.every(({ name }) => hidden.includes(name))) return undefined;
  const more = nodes.map((node) => ({ ...node, attributes: {} }));
  return { ...definition, nodes: [...definition.nodes, ...more], outputs, constants, states };
}

function firstValue(name: string, type: TensorType, random: Random): Constant {
  const data = newData(type.dtype, elementCount(type.dims));
  const most = type.dtype === "bool" ? 1 : 7;
  for (let i = 0; i < data.length; i++) data[i] = random.int(0, most) as never;
  return { name, type, source: { kind: "data", data } };
}
