/** Labels of classes from a file: one a line, or a JSON array. */
import { fail } from "../../base/error.js";
import { parseJson } from "../../base/json.js";

/** More labels than any set of classes has. */
const MOST_LABELS = 2 ** 20;
/** UTF-16 units. */
const LONGEST_LABEL = 1000;

/**
 * The labels in a file's bytes, strict UTF-8: a JSON array of strings where it begins and ends with a bracket,
 * else one a line, as it is; a line's end may be CRLF, the last one may be missing. Throws
 * CompileError `bad-file` where it is neither, where a label is empty (classes would move), too long, or there are
 * too many.
 */
export function readLabels(bytes: Uint8Array): string[] {
  const text = decode(bytes);
  const labels = /^\s*\[[^]*\]\s*$/.test(text) ? arrayIn(bytes) : linesOf(text);
  if (labels.length === 0) fail("bad-file", "labels: the file is empty");
  if (labels.length > MOST_LABELS)
    fail("bad-file", `labels: there are ${labels.length}, expected at most ${MOST_LABELS}`);
  labels.forEach((label, i) => {
    if (label === "") fail("bad-file", `labels: number ${i} is empty`, { hint: EMPTY });
    if (label.length > LONGEST_LABEL)
      fail(
        "bad-file",
        `labels: number ${i} has ${label.length} characters, expected at most ${LONGEST_LABEL}`,
      );
  });
  return labels;
}

const EMPTY = "each class has a label, in order; one that means nothing may be called so";

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("bad-file", "labels: the file is not UTF-8");
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function arrayIn(bytes: Uint8Array): string[] {
  const value = parsed(bytes);
  if (Array.isArray(value) && value.every((label) => typeof label === "string")) return value;
  return fail("bad-file", "labels: the JSON is no array of strings");
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    return fail("bad-file", `labels: ${(error as Error).message}`);
  }
}
