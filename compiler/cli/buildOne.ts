/** Builds one model and writes it, or says whether what is there is what would be written. */
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { CompileError, MOST_PROBLEMS, printable, shortened, type Problem } from "../base/error.js";
import type { CompileOptions } from "../compile.js";
import {
  arithmeticCost,
  formatArithmeticCost,
  type ArithmeticCost,
} from "../golden/arithmeticCost.js";
import { drawInputs } from "../golden/drawInputs.js";
import { formatCost, weightsCost, type OutputCost } from "../golden/weightsCost.js";
import { inferShapes } from "../infer/inferShapes.js";
import { untrainedWarnings } from "../base/untrained.js";
import { writeFiles } from "../emit/writeFiles.js";
import type { OutputFile } from "../emit/outputFile.js";
import { compileModel, type BuiltModel } from "../project/buildModel.js";
import { emissionOptions } from "../project/buildOptions.js";
import type { ModelRequest } from "../project/config.js";
import type { Files } from "../project/files.js";
import { isSet, oneText } from "../project/given.js";
import { openModel, type OpenModel } from "../project/modelOptions.js";
import type { TunedKernel } from "../tune/file.js";
import { buildReport } from "./buildReport.js";
import type { Progress } from "./progress.js";
import { buildModule, renewed } from "./runModule.js";
import { tuneFile, tuneModel, type Tuning } from "./tune.js";

export interface BuildDone {
  /** For people. */
  readonly text: string;
  readonly json: object;
  readonly warnings: readonly string[];
}

/** Throws CompileError with all problems; then nothing is written. `files`: what is read until then. */
export async function buildOne(
  { model, given }: ModelRequest,
  files: Files,
  progress: Omit<Progress, "end">,
): Promise<BuildDone> {
  const emission = { ...emissionOptions(model, given), ...progress };
  const open = await openModel(model, given, files);
  const all = { ...open.options, ...emission };
  const schedules = oneText(given, "schedules") ?? tuneFile(model);
  const tuning = isSet(given, "tune")
    ? await tuneModel(open.definition, all, schedules, files.read)
    : undefined;
  const tuned =
    tuning === undefined ? open : { ...open, options: { ...renewed(open.options), ...tuning.use } };
  const built = await compileModel(model, given, tuned, emission);
  const folder = shortOf(oneText(given, "outDir") ?? ".");
  const { result } = built;
  if (isSet(given, "check")) checkFiles(folder, result.files);
  const paths = isSet(given, "check")
    ? result.files.map(({ path }) => join(folder, path))
    : await writeFiles(folder, result.files, { force: isSet(given, "force"), keep: files.read });
  return doneOf(built, paths, tuning, await costsOf(open, all));
}

interface Costs {
  readonly weights?: readonly OutputCost[];
  readonly arithmetic?: ArithmeticCost;
}

/** Runs on drawn inputs, where weights or products are not f32: what that costs in accuracy. */
async function costsOf({ definition }: OpenModel, options: CompileOptions): Promise<Costs> {
  const { weightsType = "f32", arithmetic = "f32" } = options;
  if (weightsType === "f32" && arithmetic === "f32") return {};
  const graph = inferShapes(definition, renewed(options));
  if (arithmetic !== "f32") {
    const { runs, seed } = COST_RUNS;
    const inputs = Array.from({ length: runs }, (_, i) => drawInputs(graph, seed + i));
    return { arithmetic: await arithmeticCost(graph, renewed(options), buildModule, inputs) };
  }
  const [exact, narrow] = [
    await buildModule(definition, { ...options, weightsType: "f32" }),
    await buildModule(definition, options),
  ];
  return { weights: await weightsCost(graph, exact, narrow, COST_RUNS) };
}

const COST_RUNS = { runs: 2, seed: 1 } as const;

/** A folder inside the current one as people would write it. */
function shortOf(folder: string): string {
  const inside = relative(".", resolve(folder)) || ".";
  return inside.startsWith("..") ? folder : inside;
}

function doneOf(
  built: BuiltModel,
  paths: readonly string[],
  tuning: Tuning | undefined,
  costs: Costs,
): BuildDone {
  const { report, steps, unused, emission, warnings } = built.result;
  const tuned = tuning === undefined ? {} : { tuned: tuning.report };
  return {
    text: `${buildReport(built, paths)}${costText(costs)}${tuning?.text ?? ""}`,
    json: {
      ...report,
      ...(costs.weights !== undefined && { weightsCost: costs.weights }),
      ...(costs.arithmetic !== undefined && { arithmeticCost: costs.arithmetic }),
      download: built.download,
      steps,
      ...tuned,
    },
    warnings: [...untrainedWarnings(emission.untrained), ...warnings, ...unusedLines(unused)],
  };
}

function costText({ weights = [], arithmetic }: Costs): string {
  const lines =
    arithmetic === undefined ? weights.map(formatCost) : formatArithmeticCost(arithmetic);
  if (lines.length === 0) return "";
  const text = lines.map((line) => `  ${printable(line)}\n`).join("");
  return `against f32, on ${COST_RUNS.runs} drawn inputs:\n${text}`;
}

/** Throws CompileError `stale-output` with every file that is not what would be written. */
function checkFiles(folder: string, files: readonly OutputFile[]): void {
  const problems = files.flatMap(({ path, content }): Problem[] => {
    const there = bytesOf(join(folder, path));
    if (there?.equals(Buffer.from(content as string)) === true) return [];
    const message = `${join(folder, path)} is ${there === undefined ? "missing" : "not what would be built"}`;
    return [{ code: "stale-output", message, hint: "build again and commit what comes out" }];
  });
  if (problems.length > 0) throw new CompileError(problems);
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** The compiler or the model has changed since. */
function unusedLines(unused: readonly TunedKernel[]): string[] {
  const lines = unused
    .slice(0, MOST_PROBLEMS)
    .map(
      ({ key, kernel, engine }) =>
        `schedule ${key} (${engine}, ${printable(shortened(kernel, 300))}) is for no kernel of the model: tune again`,
    );
  const more = unused.length - MOST_PROBLEMS;
  return more > 0 ? [...lines, `${more} more schedules are for no kernel of the model`] : lines;
}
