/** `tilewright build --tune`: times schedules for a model's kernels here, and keeps those that are faster in a file. */
import { existsSync } from "node:fs";
import { dirname, basename } from "node:path";
import { compile, planModel, type CompileOptions } from "../compile.js";
import { writeFiles } from "../emit/writeFiles.js";
import { fail, printable } from "../base/error.js";
import { readParsed } from "../base/readFile.js";
import type { Definition } from "../graph/definition.js";
import { targetNamed } from "../targets/index.js";
import type { Tuner, Variant } from "../targets/variant.js";
import { mergeTuned, parseTuned, printTuned, type TunedKernel } from "../tune/file.js";
import { tuneProgram } from "../tune/search.js";
import { compareRuns, cpuTime, EFFORT } from "../tune/timing.js";
import { counted } from "../project/given.js";
import { importModule, sampleInputs, STANDALONE, renewed } from "./runModule.js";

export interface Tuning {
  /** For the build that follows. */
  readonly use: { readonly schedules: readonly TunedKernel[] };
  readonly report: {
    /** Name of the variant. */
    readonly engine: string;
    readonly file: string;
    /** Distinct kernels that were timed. */
    readonly kernels: number;
    readonly faster: readonly TunedKernel[];
    /** How many times as fast a run of the whole model is. */
    readonly gain: number;
  };
  /** The same for people. */
  readonly text: string;
}

/** models/net.onnx => models/net.tune.json */
export function tuneFile(model: string): string {
  return `${model.replace(/\.[A-Za-z]+$/, "")}.tune.json`;
}

/** Writes the file, which must be none of the sources. Throws CompileError `usage` where this engine cannot run what is to be timed. */
export async function tuneModel(
  definition: Definition,
  options: CompileOptions,
  file: string,
  sources: Iterable<string>,
): Promise<Tuning> {
  const { variant, tuner } = tunable(options);
  const engine = variant.name;
  const { onProgress } = options;
  const before = existsSync(file) ? readParsed(file, parseTuned) : [];
  const others = before.filter((one) => one.engine !== engine);
  const { program } = planModel(definition, { ...options, schedules: others });
  const progress = onProgress === undefined ? {} : { onProgress };
  const found = await tuneProgram(program, variant, { ...tuner, ...progress, now: cpuTime });
  const content = await printTuned(mergeTuned(before, engine, found));
  // What is there was read as schedules, or there was nothing.
  const writing = { keep: sources, isOwn: () => true };
  await writeFiles(dirname(file), [{ path: basename(file), content }], writing);
  const schedules = parseTuned(new TextEncoder().encode(content));
  onProgress?.("time whole runs");
  const gain =
    found.kernels.length === 0 ? 1 : await wholeGain(definition, options, others, schedules);
  const report = { engine, file, kernels: found.keys.length, faster: found.kernels, gain };
  return { use: { schedules }, report, text: textOf(report) };
}

/** The first variant of a build that this process can time. */
function tunable(options: CompileOptions): { readonly variant: Variant; readonly tuner: Tuner } {
  const target = targetNamed(options.target);
  const reasons: string[] = [];
  for (const variant of target.variantsFor(options)) {
    const { tuner } = variant;
    const reason = tuner === undefined ? "its code is not timed here" : tuner.unavailable();
    if (tuner !== undefined && reason === undefined) return { variant, tuner };
    reasons.push(`${variant.name}: ${reason!}`);
  }
  return fail("usage", `nothing to tune: ${reasons.join("; ")}`);
}

/** Kernels by themselves find their values in the cache; a whole run may not. */
async function wholeGain(
  definition: Definition,
  options: CompileOptions,
  before: readonly TunedKernel[],
  after: readonly TunedKernel[],
): Promise<number> {
  const [first, second] = await Promise.all(
    [before, after].map(async (schedules) => {
      const result = await compile(definition, { ...renewed(options), ...STANDALONE, schedules });
      const module = await importModule(result);
      const inputs = sampleInputs(result.program);
      return () => void module.run(inputs);
    }),
  );
  const effort = { ...EFFORT, warmUp: 1000, pairs: 21, atLeast: 21 };
  return compareRuns(first!, second!, cpuTime, effort).ratio;
}

function textOf({ engine, file, kernels, faster, gain }: Tuning["report"]): string {
  const lines = faster.map(
    (one) =>
      `  ${one.gain.toFixed(2)} times as fast: ${one.kernel}\n    ${one.runs.join("\n    ")}\n`,
  );
  const count = `${faster.length} of ${counted(kernels, "distinct kernel")}`;
  return `tuned for ${engine}: ${count} faster, a run ${gain.toFixed(2)} times as fast\n${lines.join("")}schedules in ${printable(file)}: pass --schedules to later builds\n`;
}
