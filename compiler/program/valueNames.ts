/** What values are called where people read of them: in texts of Programs, and in what the verifier finds. */
import { formatOperand } from "../graph/names.js";
import type { Value, ValueId } from "./program.js";

export type NameOf = (value: ValueId) => string;

/** `%conv1`, `@conv1.weight`; of several values that have one name all say which they are: `%image#5`. */
export function valueNames(values: readonly Value[]): NameOf {
  let names: readonly string[] | undefined;
  // Found when somebody asks: the verifier does where something is wrong.
  return (value) => (names ??= findNames(values))[value]!;
}

function findNames(values: readonly Value[]): readonly string[] {
  const bare = values.map(({ name, constant }) =>
    formatOperand(constant === undefined ? `%${name}` : `@${name}`),
  );
  const counts = new Map<string, number>();
  for (const name of bare) counts.set(name, (counts.get(name) ?? 0) + 1);
  return bare.map((name, value) => (counts.get(name) === 1 ? name : `${name}#${value}`));
}
