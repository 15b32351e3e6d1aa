/** `tilewright compare`: runs a compiled model on drawn inputs and judges it by what its ops mean. */
import { fail, printable } from "../base/error.js";
import { formatNumber } from "../base/numbers.js";
import { formatCulprit } from "../golden/bisect.js";
import { compareModel, type ModelReport, type OutputReport } from "../golden/compareModel.js";
import type { BuildModel } from "../golden/prepareCase.js";
import { planModel } from "../compile.js";
import { inferShapes } from "../infer/inferShapes.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { counted, isSet, oneInteger, type Given } from "../project/given.js";
import { startProgress } from "./progress.js";
import { buildModule } from "./runModule.js";
import type { Verb } from "./verb.js";

export const compare: Verb = {
  name: "compare",
  description: "Runs a compiled model on drawn inputs and compares with what its ops mean",
  options: [
    ["--runs <number>", "How often, each time on other inputs; twice by default"],
    ["--input-seed <number>", "Draws other inputs; 1 by default"],
    ["--json", "Prints { agrees, runs, outputs, culprit } as JSON"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const [runs, seed] = [runsOf(given), oneInteger(given, "inputSeed") ?? 1];
    const { definition, options } = await openModel(path, given);
    const { end, onProgress } = startProgress(streams);
    const build: BuildModel = (part, more) => buildModule(part, { ...options, ...more });
    try {
      // Whether the code is right is asked of the numbers that it has.
      const { weightsType, arithmetic } = options;
      const graph =
        weightsType === undefined && arithmetic === undefined
          ? inferShapes(definition, options)
          : planModel(definition, options).graph;
      const run = await build(definition, onProgress === undefined ? {} : { onProgress });
      const onNode = (i: number, position: number, count: number): void =>
        onProgress?.(`run ${i + 1} of ${runs}, meaning of node ${position + 1} of ${count}`);
      const { readFile } = options;
      const report = await compareModel({ graph, run, build }, { runs, seed, readFile, onNode });
      end();
      streams.stdout(isSet(given, "json") ? jsonReport(report) : textReport(report, seed));
      return report.agrees ? 0 : 1;
    } finally {
      end();
    }
  },
};

function runsOf(given: Given): number {
  const runs = oneInteger(given, "runs") ?? 2;
  return runs > 0 ? runs : fail("usage", "--runs must be at least 1");
}

/** NaN and Infinity, which JSON has not, are null. */
function jsonReport({ outputs, ...report }: ModelReport): string {
  const rows = outputs.map((one) => ({ ...one, error: finite(one.error) }));
  return `${JSON.stringify({ ...report, outputs: rows }, undefined, 2)}\n`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function textReport({ agrees, runs, outputs, culprit }: ModelReport, seed: number): string {
  const how = `${counted(runs, "run")}, inputs of seed ${seed}`;
  const lines = [
    ...outputs.flatMap((output) => outputLines(output, runs)),
    ...(culprit === undefined ? [] : [formatCulprit(culprit), `  ${culprit.reason}`]),
    agrees ? `the module computes what the model means: ${how}` : `the module is wrong: ${how}`,
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function outputLines({ name, type, error, allowed, reason, varies }: OutputReport, runs: number) {
  const limit = allowed === 0 ? "exact ops" : `${formatError(allowed)} allowed`;
  const same = varies || runs < 2 ? "" : "; it is the same for all inputs";
  const line = `${name}: ${type}  largest error ${formatError(error)}, ${limit}${same}`;
  return reason === undefined ? [line] : [line, `  ${reason}`];
}

function formatError(error: number): string {
  if (!Number.isFinite(error)) return formatNumber(error);
  return error === 0 || error >= 0.001
    ? String(Number(error.toPrecision(3)))
    : error.toExponential(1);
}
