/** What the writer of an operator sees of one node: values and constants as .tflite has them, channels last. */
import { constantTensor } from "../../../compiler/graph/constants.js";
import type { Operand } from "../../../compiler/graph/definition.js";
import type { Graph, NodeOf, OpName } from "../../../compiler/graph/graph.js";
import { permuted } from "../layout.js";
import type { Activation, ModelBuilder, TensorIndex } from "./model.js";

export interface Weights {
  /** As our graph has it. */
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface Site<Name extends OpName = OpName> {
  readonly node: NodeOf<Name>;
  readonly model: ModelBuilder;
  /** The node's value, or that of the activation which its operator computes as well. */
  readonly output: TensorIndex;
  readonly activation: Activation;
  /** Dims of an operand in our graph. */
  dims(position: number): readonly number[];
  /** Undefined where the operand is no f32 constant. */
  weights(position: number): Weights | undefined;
  /** The operand as a tensor; constants of lower rank get dims of 1 in front. */
  value(position: number): TensorIndex;
  /** Another value on the way to the output; dims as in the file. */
  between(dims: readonly number[]): TensorIndex;
  constant(dims: readonly number[], data: Float32Array | Int32Array): TensorIndex;
  /** Whether no element of the operand can be below 0. */
  positive(position: number): boolean;
}

/** False where .tflite cannot say it; nothing has been written then. */
export type Write<Name extends OpName> = (site: Site<Name>) => boolean;

/** Of values with maps: [n, …channels, h, w] becomes [n, h, w, …channels]; others stay as they are. */
export function channelsLast(rank: number): number[] {
  const dims = Array.from({ length: rank }, (_, d) => d);
  return rank < 4 ? dims : [0, rank - 2, rank - 1, ...dims.slice(1, -2)];
}

export function toChannelsLast(dims: readonly number[]): number[] {
  return channelsLast(dims.length).map((d) => dims[d]!);
}

/** Where dimension d of ours is in the file. */
export function axisOf(d: number, rank: number): number {
  return channelsLast(rank).indexOf(d);
}

export interface Values {
  readonly graph: Graph;
  readonly model: ModelBuilder;
  readonly tensors: Map<Operand, TensorIndex>;
}

export function siteOf<Name extends OpName>(
  node: NodeOf<Name>,
  { graph, model, tensors }: Values,
  output: TensorIndex,
  activation: Activation,
): Site<Name> {
  const weights = (position: number): Weights | undefined => {
    const operand = node.inputs[position];
    const found = graph.constants.find(({ name }) => `@${name}` === operand);
    if (found?.type.dtype !== "f32") return undefined;
    return { dims: found.type.dims, data: constantTensor(found).data as Float32Array };
  };
  const dims = (position: number): readonly number[] => {
    const operand = node.inputs[position]!;
    const owners = [...graph.inputs, ...graph.nodes];
    const list = operand.startsWith("@") ? graph.constants : owners;
    return list.find(({ name }) => name === operand.slice(1))!.type.dims;
  };
  const constant: Site["constant"] = (of, data) => model.tensor(`${node.name}.constant`, of, data);
  return {
    node,
    model,
    output,
    activation,
    dims,
    weights,
    constant,
    value(position) {
      const known = tensors.get(node.inputs[position]!);
      const own = weights(position);
      if (known !== undefined || own === undefined) return known!;
      const rank = node.type.dims.length;
      const padded = [...new Array<number>(rank - own.dims.length).fill(1), ...own.dims];
      return constant(toChannelsLast(padded), permuted(own.data, padded, channelsLast(rank)));
    },
    between: (of) => model.tensor(`${node.name}.part`, of),
    positive(position) {
      const of = graph.nodes.find(({ name }) => `%${name}` === node.inputs[position]);
      return of?.op === "relu" || (of?.op === "clip" && of.attributes.min === 0);
    },
  };
}
