/** Says where a model computes with f64, which is f32 here. */
import { printable, shortened } from "../base/error.js";
import type { Operand } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";

/** Names that anybody reads. */
const SHOWN = 3;
const LONGEST = 100;

/** One line where values of a run are f64 and something computes with them; none where only constants are. */
export function doubleWarnings({ inputs, nodes }: Graph): readonly string[] {
  const read = new Set<Operand | undefined>(nodes.flatMap((node) => node.inputs));
  const isDouble = ({ name, type }: Graph["inputs"][number]): boolean =>
    type.dtype === "f64" && read.has(`%${name}`);
  const names = [...inputs.filter(isDouble), ...nodes.filter(isDouble)].map(({ name }) => name);
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN).map((name) => `'${printable(shortened(name, LONGEST))}'`);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return [
    `f64 is computed in f32: ${names.length} ${names.length === 1 ? "value" : "values"} (${shown.join(", ")}${more})`,
  ];
}
