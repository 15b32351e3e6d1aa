/** Says that parameters have no trained values, in the same words wherever a model is spoken of. */

import { printable, shortened } from "./error.js";

/** The parameters that a model uses. */
export interface Untrained {
  /** Those whose values are drawn, because nobody gave any. */
  readonly names: readonly string[];
  /** All of them, those with values too. */
  readonly parameters: number;
}

/** Names that anybody reads. */
const SHOWN = 3;

/** `12 of 14 parameters are random (conv1.weight, conv1.bias, conv2.weight and 9 more)`; undefined where none is. */
export function describeUntrained(
  { names, parameters }: Untrained,
  show: (name: string) => string,
): string | undefined {
  if (names.length === 0) return undefined;
  return `${names.length} of ${parameters} parameters are random (${fewNames(names, show)})`;
}

/** `conv1.weight, conv1.bias, conv2.weight and 9 more` */
export function fewNames(names: readonly string[], show: (name: string) => string): string {
  const more = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).map(show).join(", ");
  return `${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

const LONGEST = 100;

/** For people: `untrained: 12 of 14 parameters are random (…)`; nothing where none is. */
export function untrainedLines(untrained: Untrained): readonly string[] {
  const text = describeUntrained(untrained, (name) => printable(shortened(name, LONGEST)));
  return text === undefined ? [] : [`untrained: ${text}`];
}

/** The same, and what to do about it. */
export function untrainedWarnings(untrained: Untrained): readonly string[] {
  return untrainedLines(untrained).map(
    (line) => `${line}; --weights-from gives them trained values`,
  );
}
