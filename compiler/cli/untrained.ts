/** Says that a model's parameters are random, before anybody takes what it computes for an answer. */
import { untrainedOf } from "../analysis/untrained.js";
import { printable, shortened } from "../base/error.js";
import { describeUntrained, type Untrained } from "../base/untrained.js";
import type { Definition } from "../graph/definition.js";
import type { Streams } from "./verb.js";

/** `untrained: 12 of 14 parameters are random (…)`; nothing where none is. */
export function untrainedLines(untrained: Untrained): readonly string[] {
  const text = describeUntrained(untrained, (name) => printable(shortened(name, LONGEST)));
  return text === undefined ? [] : [`untrained: ${text}`];
}

const LONGEST = 100;

/** On stderr, once there is something that a warning is about. */
export function warnOfUntrained(definition: Definition, { stderr }: Streams): void {
  for (const line of untrainedLines(untrainedOf(definition)))
    stderr(`warning: ${line}; --weights-from gives them trained values\n`);
}
