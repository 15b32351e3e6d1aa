/** Says where outputs have other dims than the model's file declares. */
import { printable, shortened } from "../base/error.js";
import { formatType, type TensorType } from "../base/tensor.js";
import type { Definition, Output } from "../graph/definition.js";
import type { Graph } from "../graph/graph.js";
import { typesOf } from "../graph/operandTypes.js";

const LONGEST = 100;

/** A line for each output whose numbers are others; what computes it counts, not what is said of it. */
export function declaredWarnings(
  { outputs }: Pick<Definition, "outputs">,
  graph: Graph,
): readonly string[] {
  const types = typesOf(graph);
  const values = new Map(graph.outputs.map(({ name, value }) => [name, types.get(value)!]));
  return outputs.flatMap(({ name, declared }) => {
    const type = values.get(name);
    if (declared === undefined || type === undefined || fits(type, declared)) return [];
    const shown = printable(shortened(name, LONGEST));
    const said = printable(shortened(declared.join(","), LONGEST));
    return [`output '${shown}' is ${formatType(type)}, but the file says [${said}]`];
  });
}

function fits({ dims }: TensorType, declared: NonNullable<Output["declared"]>): boolean {
  return (
    dims.length === declared.length &&
    declared.every((dim, i) => typeof dim === "string" || dim === dims[i])
  );
}
