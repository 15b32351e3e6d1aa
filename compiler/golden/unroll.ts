/** A model that keeps states, written out as one without: each run's nodes after those of the run before. */
import { elementCount, newData, type Tensor } from "../base/tensor.js";
import type { Constant, Operand } from "../graph/definition.js";
import type { Graph, GraphInput, Node } from "../graph/graph.js";
import { namesOf, takeName } from "../graph/names.js";

export interface Unrolled {
  /** Of all runs; nodes and inputs of the last one have their own names. */
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** What an operand of the model is in the last run. */
  last(operand: Operand): Operand;
}

type Inputs = ReadonlyMap<string, Tensor>;

/** As many runs from the first state on as there are inputs for. */
export function unroll(graph: Graph, runs: readonly Inputs[]): Unrolled {
  const { states = [] } = graph;
  const values = namesOf([...graph.inputs, ...graph.nodes].map(({ name }) => name));
  const constants = [...graph.constants, ...firstValues(graph)];
  const results = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const kept = new Set(states.map(({ input }) => input));
  const taken = graph.inputs.filter(({ name }) => !kept.has(name));
  const [inputs, nodes]: [GraphInput[], Node[]] = [[], []];
  const given = new Map<string, Tensor>();
  let becomes = new Map<Operand, Operand>(
    states.map(({ input, initial }) => [`%${input}`, initial ?? `@${zerosOf(input)}`]),
  );
  let last = (operand: Operand): Operand => operand;
  for (const [i, run] of runs.entries()) {
    const isLast = i === runs.length - 1;
    const own = new Map(becomes);
    const rename = (name: string): string => {
      const other = isLast ? name : takeName(values, `${name}.run${i}`);
      own.set(`%${name}`, `%${other}`);
      return other;
    };
    const read = (operand: Operand): Operand => own.get(operand) ?? operand;
    for (const { name, type } of taken) {
      const other = rename(name);
      inputs.push({ name: other, type });
      given.set(other, run.get(name)!);
    }
    for (const node of graph.nodes) {
      const operands = node.inputs.map((operand) => operand && read(operand));
      nodes.push({ ...node, inputs: operands, name: rename(node.name) } as Node);
    }
    last = read;
    becomes = new Map(states.map(({ input, output }) => [`%${input}`, read(results.get(output)!)]));
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: last(value) }));
  return { graph: { name: graph.name, inputs, nodes, outputs, constants }, inputs: given, last };
}

/** No name of a constant that anybody gives begins so. */
function zerosOf(input: string): string {
  return `\u0000${input}`;
}

function firstValues({ inputs, states = [] }: Graph): Constant[] {
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  return states.flatMap(({ input, initial }) => {
    if (initial !== undefined) return [];
    const type = types.get(input)!;
    const data = newData(type.dtype, elementCount(type.dims));
    return [{ name: zerosOf(input), type, source: { kind: "data", data } }];
  });
}
