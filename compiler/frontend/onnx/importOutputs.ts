/** What an ONNX model returns: its own outputs, or the values that it is to end at. */
import type { Problem } from "../../base/error.js";
import { suggestion } from "../../base/suggest.js";
import type { OnnxGraph, OnnxValueInfo } from "../../onnx/messages.js";

/** A value by its name; of outputs of the graph with the type that they are declared to have. */
export interface End {
  readonly name: string;
  readonly type?: OnnxValueInfo["type"];
}

/** The outputs of the graph, or the values that are asked for, which may be called by their nodes, too. */
export function endsOf(
  { input, initializer, node, output }: OnnxGraph,
  asked: readonly string[],
  problems: Problem[],
): readonly End[] {
  if (asked.length === 0) return output;
  const values = node.flatMap((one) => one.output);
  const known = new Set([...[...input, ...initializer].map(({ name }) => name), ...values]);
  const byNode = new Map(node.map((one) => [one.name, one.output[0]]));
  const ends = asked.flatMap((name) => {
    const value = known.has(name) ? name : byNode.get(name);
    if (value !== undefined && value !== "") return [value];
    const message = "no value and no node of the graph has this name, so it cannot be an output";
    problems.push({ code: "unknown-operand", message, node: name, ...suggestion(name, known) });
    return [];
  });
  return [...new Set(ends)].map((name) => ({ name }));
}
