/** What a kind of preparation is: plain data that is checked, then inputs that a run takes and nodes in front of the model. */
import type { z } from "zod";
import { CompileError, type Problem } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
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

/**
 * The data as the schema has it, defaults filled in. Throws CompileError with every option that is unknown
 * (`unknown-attribute`, with what may have been meant) or wrong (`bad-attribute`).
 */
export function parseOptions(schema: z.ZodObject, given: unknown): unknown {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  throw new CompileError(parsed.error.issues.flatMap((issue) => optionProblems(known, issue)));
}

function optionProblems(known: readonly string[], issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => ({
      code: "unknown-attribute",
      message: `there is no option ${JSON.stringify(key)}`,
      hint: `the options are ${known.join(", ")}`,
      ...suggestion(key, known),
    }));
  }
  const [key, ...rest] = issue.path;
  const place = `${String(key ?? "the preparation")}${rest.map((at) => `[${String(at)}]`).join("")}`;
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  return [{ code: "bad-attribute", message: `${place}: ${message}` }];
}
