/** Says that a model's parameters are random, before anybody takes what it computes for an answer. */
import { untrainedOf } from "../analysis/untrained.js";
import { untrainedWarnings } from "../base/untrained.js";
import type { Definition } from "../graph/definition.js";
import type { Streams } from "./verb.js";

/** On stderr, once there is something that a warning is about. */
export function warnOfUntrained(definition: Definition, { stderr }: Streams): void {
  for (const line of untrainedWarnings(untrainedOf(definition))) stderr(`warning: ${line}\n`);
}
