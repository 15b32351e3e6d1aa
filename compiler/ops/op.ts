/** What an op is: one object with its name, operands, attribute schema, shape rule and meaning. */
import type { z } from "zod";
import { fail, type ProblemCode } from "../base/error.js";
import type { Kernel } from "../compute/ir.js";
import type { View } from "../compute/view.js";
import type { Tensor, TensorType } from "../base/tensor.js";

/** What is known of an operand while types are inferred: its type, and its value where it is constant. */
export interface Fact {
  readonly type: TensorType;
  readonly value?: Tensor;
}

export interface OperandSpec {
  /** The kernel input name that `compute` loads from. A variadic operand's are name0, name1, … */
  readonly name: string;
  readonly optional?: true;
  /** Last operand only: there may be more of it, at least one. */
  readonly variadic?: true;
  /**
   * The operand decides a shape: its value becomes the attribute of this name while shapes are inferred,
   * and a Graph holds only the attribute. Such operands come last.
   */
  readonly becomes?: string;
}

export interface Inferred<Attributes> {
  readonly type: TensorType;
  /** Canonical attributes for the Graph, where they differ from those given (`same` resolved to numbers). */
  readonly attributes?: Attributes;
  /** Where the operands' types alone decide what the output holds. */
  readonly value?: Tensor;
}

export interface ComputeContext<Attributes> {
  /** One per operand in order; undefined where an optional one is absent. */
  readonly inputs: readonly (TensorType | undefined)[];
  readonly attributes: Attributes;
  readonly output: TensorType;
}

/**
 * `channels-last` for ops over [n, c, spatial…], `operand` for ops that follow their first operand, `row-major`
 * otherwise.
 */
export type Layout = "channels-last" | "operand" | "row-major";

/** Which operand says, and which ones it chooses among. */
export interface Branches {
  readonly condition: string;
  readonly then: string;
  readonly otherwise: string;
}

export interface Op<Name extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  readonly name: Name;
  readonly operands: readonly OperandSpec[];
  /** Strict; defaults are what a text or a definition may leave out. Rank-dependent defaults are optional fields. */
  readonly attributes: Schema;
  /** The output's type; throws through `reject` on operands it cannot take. */
  infer(
    inputs: readonly (Fact | undefined)[],
    attributes: z.output<Schema>,
  ): Inferred<z.output<Schema>>;
  /** The meaning, for every target and the interpreter. Kernel inputs are named by `operandName`. */
  compute(context: ComputeContext<z.output<Schema>>): Kernel;
  /** Present where the output can be memory that is there already. */
  view?(context: ComputeContext<z.output<Schema>>): View;
  /** Present where only one of two operands is read, as a third says: the other need not be computed. */
  readonly branches?: Branches;
  /** Where the values live by preference, of every node alike or of each by what it does. */
  readonly layout: Layout | ((context: ComputeContext<z.output<Schema>>) => Layout);
  /**
   * Largest error allowed in a test, in units of eps · sqrt(reduction length) · rms of the output
   * (eps = 2^-23); 8 by default.
   */
  readonly tolerance?: number;
}

/** An op whose attribute types are kept for the registry. */
export function defineOp<const Name extends string, Schema extends z.ZodObject>(
  op: Op<Name, Schema>,
): Op<Name, Schema> {
  return op;
}

/** What a node of an op prefers. */
export function layoutOf(
  { layout }: Op,
  context: ComputeContext<Readonly<Record<string, unknown>>>,
): Layout {
  return typeof layout === "function" ? layout(context) : layout;
}

/** The kernel input name of operand `position`. */
export function operandName(op: Pick<Op, "operands">, position: number): string {
  const last = op.operands.length - 1;
  const spec = op.operands[Math.min(position, last)]!;
  return spec.variadic === true ? `${spec.name}${position - last}` : spec.name;
}

/** Throws a problem about the op at hand; the caller adds the node's name and op. */
export function reject(code: ProblemCode, message: string, hint?: string): never {
  return fail(code, message, hint === undefined ? {} : { hint });
}
