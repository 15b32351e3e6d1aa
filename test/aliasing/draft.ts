/** A random graph in the making: its values with their types, and how nodes, inputs and constants join it. */
import { CompileError } from "../../compiler/base/error.js";
import { elementCount, type DType, type TensorType } from "../../compiler/base/tensor.js";
import type {
  Attributes,
  AttributeValue,
  Constant,
  DefinitionInput,
  DefinitionNode,
  Operand,
} from "../../compiler/graph/definition.js";
import { opOf } from "../../compiler/graph/evaluate.js";
import type { OpName } from "../../compiler/graph/graph.js";
import { inferNode, readAttributes } from "../../compiler/graph/typing.js";
import type { Random } from "../support/random.js";
import { createNames, type Names } from "./names.js";

export interface Value {
  readonly operand: Operand;
  readonly type: TensorType;
  /** Made by ops that round nothing: what compares it with something jumps nowhere else. */
  readonly exact: boolean;
}

export interface Draft {
  readonly random: Random;
  readonly names: Names;
  readonly inputs: DefinitionInput[];
  readonly nodes: DefinitionNode[];
  readonly constants: Constant[];
  /** Inputs and values of nodes, the latest last. */
  readonly values: Value[];
}

/** Adds nodes that read the value; undefined where there is nothing that it could do with it. */
export type Move = (draft: Draft, x: Value) => Value | undefined;

/** Larger values take longer, and say nothing more. */
const MOST_ELEMENTS = 1200;

export function newDraft(random: Random): Draft {
  return {
    random,
    names: createNames(random),
    inputs: [],
    nodes: [],
    constants: [],
    values: [],
  };
}

export function addInput(draft: Draft, dims: readonly number[], dtype: DType = "f32"): Value {
  const name = draft.names.value();
  draft.inputs.push({ name, dtype, dims });
  return remember(draft, { operand: `%${name}`, type: { dtype, dims }, exact: true });
}

/** Numbers around `center`, whose sum over `fan` products stays of the size of what is summed. */
export function addWeights(draft: Draft, dims: readonly number[], fan = 1, center = 0): Value {
  const name = draft.names.constant();
  const seed = draft.random.int(1, 2 ** 30);
  const source = { kind: "seed", seed, center, spread: 1.5 / Math.sqrt(fan) } as const;
  const type: TensorType = { dtype: "f32", dims };
  draft.constants.push({ name, type, source });
  return { operand: `@${name}`, type, exact: true };
}

export function addIntegers(draft: Draft, values: readonly number[]): Value {
  const name = draft.names.constant();
  const type: TensorType = { dtype: "i32", dims: [values.length] };
  draft.constants.push({ name, type, source: { kind: "data", data: Int32Array.from(values) } });
  return { operand: `@${name}`, type, exact: true };
}

/** The value of a new node; undefined, and no node, where the op does not take these operands. */
export function addNode(
  draft: Draft,
  name: OpName,
  inputs: readonly Value[],
  given: Attributes = {},
): Value | undefined {
  const op = opOf(name);
  const type = typeOf(name, inputs, given);
  if (type === undefined || !isSmall(type)) return undefined;
  const own = draft.names.value();
  const attributes = given as Readonly<Record<string, AttributeValue>>;
  draft.nodes.push({
    name: own,
    op: name,
    inputs: inputs.map(({ operand }) => operand),
    attributes,
  });
  const exact = inputs.every((one) => one.exact) && (op.tolerance === 0 || type.dtype !== "f32");
  return remember(draft, { operand: `%${own}`, type, exact });
}

function typeOf(
  name: OpName,
  inputs: readonly Value[],
  attributes: Attributes,
): TensorType | undefined {
  const op = opOf(name);
  try {
    return inferNode(op, inputs, readAttributes(op, attributes)).type;
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

function isSmall({ dims }: TensorType): boolean {
  const count = elementCount(dims);
  return dims.length <= 6 && count > 0 && count <= MOST_ELEMENTS;
}

function remember(draft: Draft, value: Value): Value {
  draft.values.push(value);
  return value;
}

/** A value to go on with: often the latest, often one that is read already, now and then an input. */
export function pickValue(
  { random, values }: Draft,
  accept: (value: Value) => boolean = () => true,
): Value | undefined {
  const fitting = values.filter(accept);
  if (fitting.length === 0) return undefined;
  return random.chance(0.5) ? fitting.at(-1) : random.pick(fitting);
}

export function isImage({ type }: Value): boolean {
  return type.dtype === "f32" && type.dims.length >= 3 && type.dims.length <= 5;
}
