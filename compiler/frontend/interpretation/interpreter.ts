/** What a kind of interpretation is: plain data, then outputs that a run yields and nodes behind the model. */
import type { z } from "zod";
import { CompileError, type ProblemCode } from "../../base/error.js";
import { formatType, tensor, type TensorType } from "../../base/tensor.js";
import { constant, type Value } from "../builder/value.js";

/** The output that the model declares: what there is to be interpreted. */
export interface InterpretedOutput {
  readonly name: string;
  readonly type: TensorType;
}

/** Values by what they are: `{ scores, classes }`. */
export type Parts = Readonly<Record<string, Value>>;

export interface Interpreted {
  /** Records the nodes that make the parts of the value of the output. */
  apply(value: Value): Parts;
}

/** One kind of interpretation. `Spec` is plain data as the schema leaves it. */
export interface Interpreter<Spec> {
  readonly schema: z.ZodObject;
  /** Throws CompileError with everything that does not fit this output. */
  interpret(spec: Spec, output: InterpretedOutput): Interpreted;
}

/** Throws CompileError: the output is not what the interpretation reads. */
export function mismatch(
  type: TensorType,
  expected: string,
  hint: string,
  code: ProblemCode = "shape-mismatch",
): never {
  const message = `reads ${expected}, but the output is ${formatType(type)}`;
  throw new CompileError([{ code, message, hint }]);
}

/** Throws CompileError where the output is not f32. */
export function checkFloats(type: TensorType): void {
  if (type.dtype !== "f32") mismatch(type, "f32", "cast it in the model", "type-mismatch");
}

export const scalar = (like: Value, value: number): Value =>
  constant(like, tensor("f32", [], [value]));

export const integers = (like: Value, dims: readonly number[], values: readonly number[]): Value =>
  constant(like, tensor("i32", dims, values));
