/** A model as its author or its file wrote it: layers with loose attributes and possibly symbolic dims. */
import type { DType, TensorType } from "../base/tensor.js";
import type { TensorData } from "../base/tensor.js";

/** `%name` is an input or a node's value, `@name` a constant. Names are unique within their kind. */
export type ValueName = `%${string}`;
export type ConstantName = `@${string}`;
export type Operand = ValueName | ConstantName;

export type AttributeValue = number | string | boolean | readonly number[] | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** A dimension: a number, or a symbol bound at compile time. */
export type Dim = number | string;

export interface DefinitionInput {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly Dim[];
}

export interface DefinitionNode {
  readonly name: string;
  readonly op: string;
  /** undefined where an optional operand is left out. */
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes: Attributes;
  /** What its file calls it, where that has names of its own: problems are said in them. */
  readonly source?: NodeSource;
}

export interface NodeSource {
  readonly node: string;
  readonly op: string;
  /** What attributes are called there that have another name here. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What problems call a node. */
export function placeOf({ name, op, source }: DefinitionNode) {
  return source === undefined ? { node: name, op } : { node: source.node, op: source.op };
}

/** Where a constant's values come from; read only when they are needed. */
export type ConstantSource =
  | { readonly kind: "data"; readonly data: TensorData }
  /** Little-endian row-major values in a file beside the text; offset in bytes. */
  | { readonly kind: "file"; readonly path: string; readonly offset: number }
  /**
   * Uniform in center ± spread from a counter-based generator. With `sumless`, each run of that many values
   * has its own mean taken away: a filter that sums to 0 passes on what varies, not what all inputs share.
   */
  | {
      readonly kind: "seed";
      readonly seed: number;
      readonly center: number;
      readonly spread: number;
      readonly sumless?: number;
    };

export interface Constant {
  readonly name: string;
  readonly type: TensorType;
  readonly source: ConstantSource;
  /** What elements are fields of, where several lie in a word. */
  readonly fields?: DType;
}

/** One declared result: `return logits = %fc2`. */
export interface Output {
  readonly name: string;
  readonly value: Operand;
  /** Of a Definition: the dims that its file says it has; what the file leaves open is a symbol. */
  readonly declared?: readonly Dim[];
}

/** An input that is no run's: it is kept from run to run, and at the end of each becomes what an output is. */
export interface State {
  /** Name of the input. */
  readonly input: string;
  /** Name of the output. */
  readonly output: string;
  /** Runs return the output, too. */
  readonly keep?: true;
  /** What the input is before the first run; zeros by default. */
  readonly initial?: ConstantName;
}

export interface Definition {
  readonly name: string;
  readonly inputs: readonly DefinitionInput[];
  /** In any order; sorted while shapes are inferred. */
  readonly nodes: readonly DefinitionNode[];
  readonly outputs: readonly Output[];
  readonly constants: readonly Constant[];
  /** Absent where there are none. */
  readonly states?: readonly State[];
}

/** What a Graph has of a Definition's parts. */
interface Typed extends Pick<Definition, "name" | "outputs" | "constants" | "states"> {
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[];
  readonly nodes: readonly (Pick<DefinitionNode, "name" | "op" | "inputs"> & {
    readonly attributes: object;
  })[];
}

/** A graph is a definition too: its types are found again. */
export function definitionOf({ inputs, nodes, ...rest }: Typed): Definition {
  const { name, outputs, constants, states } = rest;
  return {
    name,
    inputs: inputs.map((input) => ({ name: input.name, ...input.type })),
    nodes: nodes.map((node) => ({
      name: node.name,
      op: node.op,
      inputs: node.inputs,
      attributes: node.attributes as Attributes,
    })),
    outputs,
    constants,
    ...(states === undefined ? {} : { states }),
  };
}
