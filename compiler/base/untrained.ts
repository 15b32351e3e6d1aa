/** Says that parameters have no trained values, in the same words wherever a model is spoken of. */

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
  const more = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).map(show).join(", ");
  return `${names.length} of ${parameters} parameters are random (${shown}${more > 0 ? ` and ${more} more` : ""})`;
}
