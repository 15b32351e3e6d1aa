/** What a graph's outputs should be on drawn inputs, and how far off rounding may leave them. */
import { computeOf, evaluateGraph, opOf } from "../../compiler/graph/evaluate.js";
import type { Operand } from "../../compiler/graph/definition.js";
import type { Graph, Node } from "../../compiler/graph/graph.js";
import { elementCount, newData, type Tensor, type TensorType } from "../../compiler/base/tensor.js";
import { createRandom, type Random } from "../support/random.js";
import { reductionLength, toleranceOf } from "../support/tolerance.js";

const EPSILON = 2 ** -23;
/** Ops may pass on more of an error than they are given, and passes may sum in another order. */
const MARGIN = 16;

export function randomInputs({ inputs }: Graph, seed: number): Map<string, Tensor> {
  const random = createRandom(seed);
  return new Map(inputs.map(({ name, type }) => [name, randomTensor(type, random)]));
}

function randomTensor(type: TensorType, random: Random): Tensor {
  const data = newData(type.dtype, elementCount(type.dims));
  for (let i = 0; i < data.length; i++) data[i] = randomElement(type, random) as never;
  return { type, data };
}

function randomElement({ dtype }: TensorType, random: Random): number | bigint {
  if (dtype === "f32") return random.int(-(2 ** 20), 2 ** 20) / 2 ** 19;
  if (dtype === "bool") return random.int(0, 1);
  if (dtype === "i64") return BigInt(random.int(-20, 20));
  return dtype === "u8" ? random.int(0, 255) : random.int(-20, 20);
}

/** What rounding may do to a value: so many units of the largest number on the way to it. */
interface Error {
  readonly units: number;
  readonly largest: number;
}

export interface Expected {
  readonly value: Tensor;
  /** Most that an element may be off; 0 where nothing on the way rounds. */
  readonly allowed: number;
}

/** Expected outputs by name, from the meaning of the ops alone: it knows of no memory. */
export function expectedOutputs(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
): Map<string, Expected> {
  const values = evaluateGraph(graph, inputs);
  const errors = new Map<Operand, Error>();
  const errorOf = (operand: Operand): Error =>
    errors.get(operand) ?? { units: 0, largest: largestOf(values.get(operand)!) };
  const types = new Map([...values].map(([operand, { type }]) => [operand, type]));
  for (const node of graph.nodes) {
    const before = node.inputs.flatMap((operand) =>
      operand === undefined ? [] : errorOf(operand),
    );
    const own: Operand = `%${node.name}`;
    errors.set(own, {
      units: ownUnits(node, types) + Math.max(0, ...before.map(({ units }) => units)),
      largest: Math.max(largestOf(values.get(own)!), ...before.map(({ largest }) => largest)),
    });
  }
  return new Map(
    graph.outputs.map(({ name, value }) => {
      const { units, largest } = errorOf(value);
      return [name, { value: values.get(value)!, allowed: units * largest * EPSILON * MARGIN }];
    }),
  );
}

function ownUnits(node: Node, types: ReadonlyMap<Operand, TensorType>): number {
  const tolerance = toleranceOf(node.op);
  if (tolerance === 0 || node.type.dtype !== "f32") return 0;
  const inputs = node.inputs.map((operand) => operand && types.get(operand));
  const kernel = computeOf(opOf(node.op), inputs, node.attributes, node.type);
  return tolerance * Math.sqrt(reductionLength(kernel));
}

function largestOf({ data }: Tensor): number {
  let largest = 0;
  for (const element of data) largest = Math.max(largest, Math.abs(Number(element)));
  return largest;
}

/** The first element that is further off than it may be. */
export function wrongElement(actual: Tensor, { value, allowed }: Expected): string | undefined {
  const exact = value.type.dtype !== "f32" ? 0 : allowed;
  for (let i = 0; i < value.data.length; i++) {
    const [got, want] = [Number(actual.data[i]!), Number(value.data[i]!)];
    if (got === want || Object.is(got, want)) continue;
    if (!(Math.abs(got - want) <= exact))
      return `element ${i} is ${got} instead of ${want}, by at most ${exact}`;
  }
  return undefined;
}
