/** Makes a failing model smaller as long as it still fails: what is left shows the fault. */
import type { Definition, Operand } from "../../compiler/graph/definition.js";
import { liveNodes } from "../../compiler/graph/order.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";

type Fails = (definition: Definition) => Promise<boolean>;

/** Takes the first smaller model that fails, again and again. */
export async function shrink(definition: Definition, fails: Fails): Promise<Definition> {
  let smallest = withoutDead(definition);
  for (let found = true; found;) {
    found = false;
    for (const candidate of smallerOnes(smallest)) {
      const smaller = withoutDead(candidate);
      if (!(await stillFails(smaller, fails))) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

/** A smaller model that is no longer legal does not fail, it is another one. */
async function stillFails(definition: Definition, fails: Fails): Promise<boolean> {
  try {
    inferShapes(definition);
  } catch {
    return false;
  }
  return fails(definition);
}

/** One output less, a node that is an input instead, or an operand in a node's place. */
function* smallerOnes(definition: Definition): Generator<Definition> {
  const { outputs, nodes } = definition;
  if (outputs.length > 1)
    for (const output of outputs)
      yield { ...definition, outputs: outputs.filter((one) => one !== output) };
  const types = new Map(inferShapes(definition).nodes.map(({ name, type }) => [name, type]));
  for (const node of nodes) {
    const rest = nodes.filter((one) => one !== node);
    const type = types.get(node.name);
    if (type !== undefined) {
      const inputs = [...definition.inputs, { name: node.name, ...type }];
      yield { ...definition, inputs, nodes: rest };
    }
    for (const operand of new Set(node.inputs))
      if (operand !== undefined)
        yield substitute({ ...definition, nodes: rest }, `%${node.name}`, operand);
  }
}

function substitute(definition: Definition, from: Operand, to: Operand): Definition {
  return {
    ...definition,
    nodes: definition.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((operand) => (operand === from ? to : operand)),
    })),
    outputs: definition.outputs.map(({ name, value }) => ({
      name,
      value: value === from ? to : value,
    })),
  };
}

function withoutDead(definition: Definition): Definition {
  const roots = definition.outputs.map(({ value }) => value);
  const nodes = liveNodes(definition.nodes, roots);
  const used = new Set<Operand | undefined>([...roots, ...nodes.flatMap(({ inputs }) => inputs)]);
  return {
    ...definition,
    nodes,
    inputs: definition.inputs.filter(({ name }) => used.has(`%${name}`)),
    constants: definition.constants.filter(({ name }) => used.has(`@${name}`)),
  };
}
