/** What a model of any size is, and the nodes and constants that such models are made of. */
import type {
  Attributes,
  Constant,
  Definition,
  DefinitionInput,
  DefinitionNode,
  Operand,
} from "../../compiler/graph/definition.js";

export interface SizedModel {
  readonly title: string;
  /** As large as must be compiled. */
  readonly largest: number;
  /** Takes long enough to be timed, a few times. */
  readonly timed: number;
  build(size: number): Definition;
}

const ACTIVATIONS = ["sigmoid", "tanh", "abs", "relu", "exp"] as const;

export function activation(i: number): string {
  return ACTIVATIONS[i % ACTIVATIONS.length]!;
}

export function each<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

export function input(name: string, dims: readonly number[]): DefinitionInput {
  return { name, dtype: "f32", dims };
}

export function node(
  name: string,
  op: string,
  inputs: readonly Operand[],
  attributes: Attributes = {},
): DefinitionNode {
  return { name, op, inputs, attributes };
}

export function weights(i: number, dims: readonly number[]): Constant {
  const source = { kind: "seed", seed: i, center: 0, spread: 1 } as const;
  return { name: `w${i}`, type: { dtype: "f32", dims }, source };
}

export function scalar(name: string, value: number): Constant {
  const source = { kind: "data", data: Float32Array.of(value) } as const;
  return { name, type: { dtype: "f32", dims: [] }, source };
}

/** The value of node i of a chain, or the input that it begins with. */
export function link(i: number): Operand {
  return i < 0 ? "%x" : `%n${i}`;
}

export function model(
  dims: readonly number[],
  nodes: readonly DefinitionNode[],
  results: readonly Operand[],
  constants: readonly Constant[] = [],
): Definition {
  const outputs = results.map((value, i) => ({ name: `y${i}`, value }));
  return { name: "large", inputs: [input("x", dims)], nodes, outputs, constants };
}
