/** The Graph: every value has a type, every node is one operation and one value, in topological order. */
import type { z } from "zod";
import type { ops } from "../ops/index.js";
import type { TensorType } from "../base/tensor.js";
import type { Constant, Operand, Output, State } from "./definition.js";

export interface GraphInput {
  readonly name: string;
  readonly type: TensorType;
}

type Ops = typeof ops;
export type OpName = keyof Ops & string;

/** Canonical attributes of an op. */
export type AttributesOf<Name extends OpName> = z.output<Ops[Name]["attributes"]>;

export interface NodeOf<Name extends OpName> {
  readonly name: string;
  readonly op: Name;
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes: AttributesOf<Name>;
  readonly type: TensorType;
}

/** A union discriminated by `op`. */
export type Node = { [Name in OpName]: NodeOf<Name> }[OpName];

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** Each after the nodes it reads. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
  readonly constants: readonly Constant[];
  /** Absent where there are none. */
  readonly states?: readonly State[];
}
