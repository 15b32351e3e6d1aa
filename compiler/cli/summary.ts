/** `tilewright summary`: shapes, parameters, multiply-adds and receptive fields, a row a layer; or what one element sees. */
import { inputsSeen, type SeenRegion } from "../analysis/receptiveField.js";
import { summarizeGraph } from "../analysis/summary.js";
import { printSummary } from "../analysis/summaryTable.js";
import { untrainedOf } from "../analysis/untrained.js";
import { fail, printable } from "../base/error.js";
import { untrainedLines } from "../base/untrained.js";
import { inferShapes } from "../infer/inferShapes.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet, oneText, splitPair } from "../project/given.js";
import type { Graph } from "../graph/graph.js";
import type { Verb } from "./verb.js";

export const summary: Verb = {
  name: "summary",
  description:
    "Prints a row a layer: shape, parameters, multiply-adds, receptive field; and totals",
  options: [
    ["--element <layer=position>", "Prints what it sees of each input, such as conv2=0,5,10,10"],
    ["--json", "Prints the same as JSON"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options } = await openModel(path, given);
    const graph = inferShapes(definition, options);
    const element = oneText(given, "element");
    const json = isSet(given, "json");
    const print = (result: object, text: string): void =>
      streams.stdout(`${json ? JSON.stringify(result, undefined, 2) : lines(text)}\n`);
    if (element !== undefined) {
      const seen = seenBy(graph, element);
      print(seen, printSeen(seen));
    } else {
      const [all, untrained] = [summarizeGraph(graph), untrainedOf(definition)];
      const text = [printSummary(all), ...untrainedLines(untrained)].join("\n");
      print({ ...all, untrained: untrained.names }, text);
    }
    return 0;
  },
};

const lines = (text: string): string => text.split("\n").map(printable).join("\n");

function seenBy(graph: Graph, text: string): readonly SeenRegion[] {
  const [layer, position] = splitPair(text, "--element");
  if (!/^\d+(,\d+)*$/.test(position))
    fail("usage", `--element ${text}: expected whole numbers such as ${layer}=0,5,10,10`);
  return inputsSeen(graph, layer, position.split(",").map(Number));
}

/** `image: 3 to 9 × 0 to 6` */
function printSeen(regions: readonly SeenRegion[]): string {
  const rows = regions.map(
    ({ input, from, to }) => `${input}: ${from.map((at, d) => `${at} to ${to[d]}`).join(" × ")}`,
  );
  return rows.length === 0 ? "nothing of any input" : rows.join("\n");
}
