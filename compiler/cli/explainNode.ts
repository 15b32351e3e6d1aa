/** `tilewright explain`: what became of a layer, and why: rewritten, folded, fused, copied, and how its kernel runs. */
import { fail, printable } from "../base/error.js";
import { suggestion } from "../base/suggest.js";
import { TARGET_OPTIONS, targetOptions } from "../project/buildOptions.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet } from "../project/given.js";
import { explainNode as stepsOf } from "../report-page/explain.js";
import { gatherReport } from "../report-page/gather.js";
import { startProgress } from "./progress.js";
import type { Verb } from "./verb.js";

export const explainNode: Verb = {
  name: "explain",
  argument: "<model> <node>",
  description: "Says what became of a layer or kernel, pass by pass, and why",
  options: [["--json", "Prints the steps as JSON"], ...TARGET_OPTIONS, ...MODEL_OPTIONS],
  async run(path, given, streams, [name]) {
    if (name === undefined) return fail("usage", "explain wants a <model> and a <node>");
    const { definition, options } = await openModel(path, given);
    const { end, ...progress } = startProgress(streams);
    try {
      const { data } = await gatherReport(definition, {
        ...options,
        ...targetOptions(given),
        ...progress,
      });
      end();
      const known = new Set([
        ...data.nodes.map((node) => node.name),
        ...data.kernels.map((kernel) => kernel.name),
      ]);
      if (!known.has(name)) {
        const message = `there is no layer and no kernel '${name}'`;
        return fail("usage", message, suggestion(name, [...known]));
      }
      const steps = stepsOf(data, name);
      const width = Math.max(0, ...steps.map(({ pass }) => pass.length));
      const lines = steps.map(({ pass, text }) => `${pass.padEnd(width)}  ${text}`);
      if (steps.length === 0) lines.push("it is as its author wrote it, and no kernel computes it");
      const text = isSet(given, "json")
        ? JSON.stringify({ model: data.model, node: name, steps }, undefined, 2)
        : lines.map(printable).join("\n");
      streams.stdout(`${text}\n`);
    } finally {
      end();
    }
    return 0;
  },
};
