/** Which model a module is of, as a line of its opening comment: what tells own files from others' and from other models'. */
import { createHash } from "node:crypto";
import { printable } from "../base/error.js";
import { VERSION } from "../base/version.js";
import type { Emission } from "./emission.js";
import { inComment } from "./names.js";

/** `net.onnx 3f86d0819f86d081`, or the digits alone of a model that has no file. */
export interface Origin {
  /** The model by its own name and file, for people. */
  readonly model: string;
  /** 16 hex digits. */
  readonly identity: string;
}

/** The comment's first lines: the model's name, how to change the file, and where it is from. */
export function originLines(emission: Emission): string[] {
  const { program, file } = emission;
  const named = file === undefined ? "" : `${inComment(file)} `;
  return [
    `${inComment(program.name)}, compiled by Tilewright ${VERSION}. Build it again instead of editing it.`,
    `Source: ${named}${identityOf(emission)}`,
  ];
}

/**
 * A hash of the names of the model and its file, of the names and element types of its inputs, and of the names of its
 * outputs: other weights, layers, sizes and folders leave a model what it is, and so does what is put before and behind it.
 */
function identityOf({ source: { name, inputs, outputs }, file = "" }: Emission): string {
  const text = JSON.stringify([
    file,
    name,
    inputs.map((input) => [input.name, input.dtype]),
    outputs.map((output) => output.name),
  ]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const OPENING =
  /^\/\*\r?\n \* (.*), compiled by Tilewright [^\r\n]*\r?\n \* Source: (?:(.*) )?([0-9a-f]{16})\r?\n/;

/** What a text's opening comment says; undefined where Tilewright did not write it. */
export function originOf(content: string | Uint8Array): Origin | undefined {
  const [, model, file, identity] = OPENING.exec(openingOf(content)) ?? [];
  if (model === undefined) return undefined;
  const from = file === undefined ? "" : ` from ${file}`;
  return { model: printable(`${model}${from}`), identity: identity! };
}

/** The first line of a text; names in comments are short, so that it is in the first bytes. */
export function firstLineOf(content: string | Uint8Array): string {
  return openingOf(content).split(/\r?\n/, 1)[0]!;
}

/** So many bytes of a file hold what is looked for. */
export const OPENING_BYTES = 2048;

function openingOf(content: string | Uint8Array): string {
  return typeof content === "string"
    ? content.slice(0, OPENING_BYTES)
    : new TextDecoder().decode(content.subarray(0, OPENING_BYTES));
}
