/** Plain data that says what is to be done with an input or an output, and may come from a file: its kind, its options, all that is wrong with them. */
import type { z } from "zod";
import { CompileError, fail, type Problem } from "../base/error.js";
import { issueText } from "../base/expected.js";
import { suggestion } from "../base/suggest.js";

/** Data of one kind; what one option alone can have wrong is said by the schema, which is strict and has defaults. */
export interface Kind {
  readonly schema: z.ZodObject;
}

/**
 * The kind that `given.kind` names, and the data as its schema has it. `what` is said in problems: a preparation,
 * an interpretation. Throws CompileError with everything that is wrong.
 */
export function parsePlain<Kinds extends Readonly<Record<string, Kind>>>(
  what: string,
  kinds: Kinds,
  given: unknown,
): { readonly kind: keyof Kinds & string; readonly options: unknown } {
  const kind = kindOf(what, Object.keys(kinds), given);
  return { kind, options: parseOptions(kinds[kind]!.schema, given) };
}

function kindOf(what: string, known: readonly string[], given: unknown): string {
  const kind =
    typeof given === "object" && given !== null && "kind" in given ? given.kind : undefined;
  if (typeof kind === "string" && known.includes(kind)) return kind;
  const hint = `kinds are ${known.join(", ")}`;
  if (typeof kind !== "string") return fail("bad-attribute", `the ${what} has no kind`, { hint });
  const message = `there is no ${what} of kind ${JSON.stringify(kind)}`;
  return fail("bad-attribute", message, { hint, ...suggestion(kind, known) });
}

/**
 * The data as the schema has it, defaults filled in. Throws CompileError with every option that is unknown
 * (`unknown-attribute`, with what may have been meant) or wrong (`bad-attribute`).
 */
function parseOptions(schema: z.ZodObject, given: unknown): unknown {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  throw new CompileError(
    parsed.error.issues.flatMap((issue) => optionProblems(known, issue, given)),
  );
}

function optionProblems(
  known: readonly string[],
  issue: z.core.$ZodIssue,
  given: unknown,
): Problem[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => ({
      code: "unknown-attribute",
      message: `there is no option ${JSON.stringify(key)}`,
      hint: `the options are ${known.join(", ")}`,
      ...suggestion(key, known),
    }));
  }
  return [{ code: "bad-attribute", message: issueText(issue, given) }];
}
