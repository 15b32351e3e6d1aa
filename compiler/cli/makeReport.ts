/** Makes the data of a report as the command line asks for it: with times, with a sample. */
import type { CompileOptions } from "../compile.js";
import { fail } from "../base/error.js";
import type { RunModel } from "../golden/prepareCase.js";
import type { Definition } from "../graph/definition.js";
import { targetOptions } from "../project/buildOptions.js";
import type { Files } from "../project/files.js";
import { isSet, oneText, type Given } from "../project/given.js";
import { openModel } from "../project/modelOptions.js";
import type { ReportData } from "../report-page/data.js";
import { gatherReport, type Gathered } from "../report-page/gather.js";
import { sampleModel } from "../report-page/sample.js";
import { checkTimings, parseTimings } from "../report-page/timings.js";
import { targetNamed } from "../targets/index.js";
import { startProgress } from "./progress.js";
import { buildModule, STANDALONE } from "./runModule.js";
import { readSample } from "./sampleInputs.js";
import { timeModel } from "./timeModel.js";
import { warnOfUntrained } from "./untrained.js";
import type { Streams } from "./verb.js";

/** Throws CompileError with all problems. */
export async function makeReport(
  path: string,
  given: Given,
  streams: Streams,
  files: Files,
): Promise<ReportData> {
  const { definition, options } = await openModel(path, given, files);
  const { end, ...progress } = startProgress(streams);
  try {
    const all = { ...options, ...targetOptions(given), ...progress };
    const gathered = await gatherReport(definition, all);
    const times = await timesOf(gathered, all, given, files);
    const sample = await sampleOf(gathered, definition, all, given, files);
    end();
    warnOfUntrained(definition, streams);
    return { ...gathered.data, ...times, ...sample };
  } finally {
    end();
  }
}

/** What was timed before, or is now. Throws CompileError where it is of something else. */
async function timesOf(
  { data, result }: Gathered,
  options: CompileOptions,
  given: Given,
  files: Files,
): Promise<Pick<ReportData, "times">> {
  const file = oneText(given, "timings");
  if (file !== undefined) {
    if (isSet(given, "measure")) fail("usage", "--measure and --timings do not go together");
    const times = files.from(file, parseTimings);
    checkTimings(times, data);
    return { times };
  }
  if (!isSet(given, "measure")) return {};
  const alone = { ...STANDALONE, format: "esm", weights: "file" } as const;
  const emission = { ...result.emission, ...alone };
  const target = targetNamed(options.target);
  const written = await target.emit(emission, options);
  const module = { ...result, emission, files: written };
  return { times: await timeModel(module, options, isSet(given, "cpuTime")) };
}

async function sampleOf(
  { data, typed, result: { program } }: Gathered,
  definition: Definition,
  options: CompileOptions,
  given: Given,
  files: Files,
): Promise<Pick<ReportData, "sample">> {
  const inputs = await readSample(program, given, files);
  if (inputs === undefined) return {};
  options.onProgress?.("look at the sample");
  const { values, from } = inputs;
  const build = (model: Definition): Promise<RunModel> => buildModule(model, options);
  const { multiplyAdds } = data.totals;
  const { readFile } = options;
  const sampling = {
    definition,
    typed,
    program,
    inputs: values,
    from,
    build,
    multiplyAdds,
    readFile,
  };
  return { sample: await sampleModel(sampling) };
}
