/** A model whose states somebody keeps by hand: what one that keeps them itself is compared with. */
import { elementCount, newData, type Tensor } from "../../compiler/base/tensor.js";
import type { Definition } from "../../compiler/graph/definition.js";
import type { Graph } from "../../compiler/graph/graph.js";
import { constantTensor } from "../../compiler/graph/constants.js";
import { returnedOutputs, withoutStates } from "../../compiler/graph/states.js";
import { inferShapes } from "../../compiler/infer/inferShapes.js";
import type { Engine } from "../support/engine.js";
import { loadProduct, type Values } from "../support/product.js";

export interface ByHand {
  readonly graph: Graph;
  /** What runs of the model take. */
  readonly taken: Graph["inputs"];
  /** What the outputs should be that a run returns. */
  run(inputs: Values): Map<string, Tensor>;
  reset(): void;
}

/** The model compiled without states: its outputs are fed back. */
export async function byHand(definition: Definition, engine: Engine): Promise<ByHand> {
  const product = await loadProduct(withoutStates(definition), engine);
  const graph = inferShapes(definition);
  const { states = [] } = graph;
  let kept = firstStates(graph);
  return {
    graph,
    taken: graph.inputs.filter(({ name }) => !kept.has(name)),
    run(inputs) {
      const outputs = product.run(new Map([...inputs, ...kept]));
      kept = new Map(states.map(({ input, output }) => [input, outputs.get(output)!]));
      return new Map(returnedOutputs(graph).map(({ name }) => [name, outputs.get(name)!]));
    },
    reset: () => void (kept = firstStates(graph)),
  };
}

function firstStates({ inputs, constants, states = [] }: Graph): ReadonlyMap<string, Tensor> {
  return new Map(
    states.map(({ input, initial }) => {
      const { type } = inputs.find(({ name }) => name === input)!;
      if (initial === undefined)
        return [input, { type, data: newData(type.dtype, elementCount(type.dims)) }];
      return [input, constantTensor(constants.find(({ name }) => name === initial.slice(1))!)];
    }),
  );
}
