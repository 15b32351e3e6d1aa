/** The kinds of preparation there are, and the one way from plain data to what prepares an input. */
import { fail } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
import { imagePreparer } from "./image/prepareImage.js";
import type { ImagePreparation } from "./image/spec.js";
import { parseOptions, type Prepared, type PreparedInput, type Preparer } from "./preparer.js";

/** Plain data that says how an input is made of what an application has. */
export type Preparation = ImagePreparation;

const KINDS: Readonly<Record<Preparation["kind"], Preparer<never>>> = { image: imagePreparer };

/**
 * What prepares an input of the model, by data that may come from a file. Throws CompileError with everything
 * that is wrong with the data, or does not fit the input.
 */
export function prepareInput(given: unknown, input: PreparedInput): Prepared {
  const kind = kindOf(given);
  const { schema, prepare } = KINDS[kind];
  return prepare(parseOptions(schema, given) as never, input);
}

function kindOf(given: unknown): Preparation["kind"] {
  const known = Object.keys(KINDS);
  const kind =
    typeof given === "object" && given !== null && "kind" in given ? given.kind : undefined;
  if (typeof kind === "string" && Object.hasOwn(KINDS, kind)) return kind as Preparation["kind"];
  const hint = `kinds are ${known.join(", ")}`;
  if (typeof kind !== "string")
    return fail("bad-attribute", "the preparation has no kind", { hint });
  const message = `there is no preparation of kind ${JSON.stringify(kind)}`;
  return fail("bad-attribute", message, { hint, ...suggestion(kind, known) });
}
