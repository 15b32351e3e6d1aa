/** `tilewright bench`: how long a run of a model takes on this machine, and each of its distinct kernels. */
import { compile } from "../compile.js";
import { printable } from "../base/error.js";
import type { Timings } from "../report-page/timings.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet } from "../project/given.js";
import { startProgress } from "./progress.js";
import { STANDALONE } from "./runModule.js";
import { timeModel } from "./timeModel.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

export const bench: Verb = {
  name: "bench",
  description: "Times a run of a model, and each of its distinct kernels",
  options: [
    ["--json", "Prints the same as JSON"],
    ["--cpu-time", "Counts what the process computes: for a machine that others use, too"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options } = await openModel(path, given);
    const { end, onProgress = () => undefined } = startProgress(streams);
    try {
      const all = { ...options, ...STANDALONE, weights: "file", onProgress } as const;
      const timings = await timeModel(await compile(definition, all), all, isSet(given, "cpuTime"));
      end();
      warnOfUntrained(definition, streams);
      const text = isSet(given, "json")
        ? JSON.stringify(timings, undefined, 2)
        : printTimings(timings).map(printable).join("\n");
      streams.stdout(`${text}\n`);
    } finally {
      end();
    }
    return 0;
  },
};

function printTimings(timings: Timings): string[] {
  const { model, target, node, cpu, clock, peak, bandwidth, kernels, ...whole } = timings;
  const rows = kernels.map((kernel) => [
    kernel.function,
    String(kernel.calls),
    kernel.milliseconds.toFixed(3),
    (kernel.calls * kernel.milliseconds).toFixed(3),
    kernel.multiplyAdds === 0 ? "" : kernel.gflops.toFixed(2),
    kernel.share === undefined ? "" : `${(100 * kernel.share).toFixed(0)} %`,
    kernel.shapes,
  ]);
  const table = [["kernel", "calls", "ms", "in all", "GFLOP/s", "of peak", "shapes"], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return [
    `${model} on ${target}: ${whole.milliseconds.toFixed(2)} ms, ${whole.gflops.toFixed(2)} GFLOP/s (${clock}, Node ${node}, ${cpu})`,
    ...(peak === undefined
      ? []
      : [
          `peak ${peak.toFixed(2)} GFLOP/s: a tile in the first-level cache; memory is read at ${bandwidth!.toFixed(1)} GB/s`,
        ]),
    "",
    ...table.map((row) =>
      row
        .map((cell, i) =>
          i === 0 || i === 6 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
        )
        .join("  ")
        .trimEnd(),
    ),
  ];
}
