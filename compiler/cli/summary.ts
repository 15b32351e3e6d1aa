/** `tilewright summary`: shapes, parameters, multiply-adds and receptive fields, a row a layer. */
import { printSummary, summarizeGraph } from "../analysis/summary.js";
import { printable } from "../base/error.js";
import { inferShapes } from "../infer/inferShapes.js";
import { MODEL_OPTIONS, openModel } from "./modelOptions.js";
import { isSet } from "./options.js";
import type { Verb } from "./verb.js";

export const summary: Verb = {
  name: "summary",
  description:
    "Prints a row a layer: shape, parameters, multiply-adds, receptive field; and totals",
  options: [["--json", "Prints the same as JSON"], ...MODEL_OPTIONS],
  async run(path, given, streams) {
    const { definition, options } = await openModel(path, given);
    const result = summarizeGraph(inferShapes(definition, options));
    const text = isSet(given, "json") ? JSON.stringify(result, undefined, 2) : printSummary(result);
    streams.stdout(`${isSet(given, "json") ? text : text.split("\n").map(printable).join("\n")}\n`);
    return 0;
  },
};
