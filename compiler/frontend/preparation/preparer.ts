/** What a kind of preparation is: plain data, then inputs that a run takes and nodes in front of the model. */
import type { z } from "zod";
import type { TensorType } from "../../base/tensor.js";
import type { DefinitionInput } from "../../graph/definition.js";
import type { Value } from "../builder/value.js";

/** The input that the model declares: what a preparation has to make. */
export interface PreparedInput {
  readonly name: string;
  readonly type: TensorType;
}

export interface Prepared {
  /** What a run takes instead; the first has the name of the input that it replaces. */
  readonly inputs: readonly DefinitionInput[];
  /** Records the nodes that make, of the values of `inputs` in order, one of the declared type. */
  apply(values: readonly Value[]): Value;
}

/** One kind of preparation. `Spec` is plain data as the schema leaves it. */
export interface Preparer<Spec> {
  readonly kind: string;
  /** Strict, with defaults; what one option alone can have wrong is said here. */
  readonly schema: z.ZodObject;
  /** Throws CompileError with everything that does not fit this input. */
  prepare(spec: Spec, input: PreparedInput): Prepared;
}
