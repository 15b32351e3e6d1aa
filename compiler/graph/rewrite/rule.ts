/** What a rewrite rule is, what it may ask, and what it answers: rules are data, the driver applies them. */
import type { Budget } from "../../base/budget.js";
import type { Tensor, TensorType } from "../../base/tensor.js";
import type { Constant, Operand } from "../definition.js";
import type { Graph, Node, OpName } from "../graph.js";
import type { AnyAttributes } from "../typing.js";

/** A rule looks at one node and says what its value should be computed by instead. */
export interface Rule {
  /** Lower case with dashes; names the rule in logs and tests. */
  readonly name: string;
  /** undefined where the rule does not apply. */
  match(node: Node, context: RewriteContext): Replacement | undefined;
}

export interface NewNode {
  readonly op: OpName;
  readonly inputs: readonly (Operand | undefined)[];
  /** Those that equal their default may be left out. */
  readonly attributes?: AnyAttributes;
}

export type Replacement =
  /** A value that is there already, or a new constant, takes the node's place. */
  | { readonly use: Operand; readonly constants?: readonly Constant[] }
  /** Another node gets the node's name; what it reads may be new too. */
  | {
      readonly node: NewNode;
      readonly before?: readonly (NewNode & { readonly name: string })[];
      readonly constants?: readonly Constant[];
    };

/** What a rule may ask about the graph around a node. */
export interface RewriteContext {
  /** The node that computes an operand; undefined for inputs, constants and absent operands. */
  node(operand: Operand | undefined): Node | undefined;
  /** How often an operand is read, by nodes or as an output. */
  uses(operand: Operand): number;
  type(operand: Operand): TensorType;
  constant(operand: Operand | undefined): Constant | undefined;
  /** The values of a constant operand; undefined where it is none, or its file is not at hand. */
  value(operand: Operand | undefined): Tensor | undefined;
  /** What computing constants takes. */
  readonly budget: Budget;
  /** A name that neither a value nor a constant has: base, base.1, … */
  fresh(base: string): string;
  /** Says why the rule leaves this node alone, for the log. */
  note(reason: string): void;
}

export interface Firing {
  readonly rule: string;
  readonly node: string;
}

/** What rewriting did, in order, and what it left alone for a reason. */
export interface RewriteLog {
  readonly fired: readonly Firing[];
  readonly notes: readonly (Firing & { readonly reason: string })[];
}

export interface Rewritten {
  readonly graph: Graph;
  readonly log: RewriteLog;
}
