/** `tilewright report`: one HTML page that shows what a model is, what every pass made of it, and where its memory goes. */
import { basename, dirname } from "node:path";
import { fail } from "../base/error.js";
import type { CompileOptions } from "../compile.js";
import { fileStem } from "../emit/names.js";
import type { RunModel } from "../golden/prepareCase.js";
import type { Definition } from "../graph/definition.js";
import { writeFiles } from "../emit/writeFiles.js";
import type { Files } from "../project/files.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet, oneText, type Given } from "../project/given.js";
import type { ReportData } from "../report-page/data.js";
import { exportView } from "../report-page/export.js";
import { gatherReport, type Gathered } from "../report-page/gather.js";
import { sampleModel } from "../report-page/sample.js";
import { isReportOf, reportPage, titleOf } from "../report-page/page.js";
import { checkTimings, parseTimings } from "../report-page/timings.js";
import { targetNamed } from "../targets/index.js";
import { positionOf } from "./dumpDrawing.js";
import { readSample } from "./sampleInputs.js";
import { startProgress } from "./progress.js";
import { buildModule, STANDALONE } from "./runModule.js";
import { timeModel } from "./timeModel.js";
import { warnOfUntrained } from "./untrained.js";
import type { Streams, Verb } from "./verb.js";

export const report: Verb = {
  name: "report",
  description: "Writes a page that shows a model: its graph, its passes, its kernels, its memory",
  options: [
    ["--out-file <file>", "The page to write; <model>.report.html by default"],
    ["--json", "Prints what the page shows as JSON, and writes no page"],
    ["--input <[name=]file>", "A sample to look at layers with, .npy or .png (repeatable)"],
    ["--measure", "Times a run, and each distinct kernel, on this machine"],
    ["--cpu-time", "Counts what the process computes: for a machine that others use, too"],
    ["--timings <file>", "Takes times that `bench --json` printed"],
    ["--svg <file>", "Also writes the drawing of a view as SVG"],
    ["--view <name>", "Which: definition, a pass, graph or program; program by default"],
    ["--unfold", "Draws every layer of blocks that are folded otherwise"],
    ["--force", "Replaces a file that is there"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options, files } = await openModel(path, given);
    const page = oneText(given, "outFile") ?? `${fileStem(definition.name)}.report.html`;
    const drawing = oneText(given, "svg");
    const { end, ...progress } = startProgress(streams);
    try {
      const gathered = await gatherReport(definition, { ...options, ...progress });
      const times = await timesOf(gathered, { ...options, ...progress }, given, files);
      const sample = await sampleOf(
        gathered,
        definition,
        { ...options, ...progress },
        given,
        files,
      );
      const data = { ...gathered.data, ...times, ...sample };
      end();
      const write = (file: string, content: string): Promise<void> =>
        writeReport(file, content, data, { files, force: isSet(given, "force"), streams });
      if (isSet(given, "json")) streams.stdout(`${JSON.stringify(data, undefined, 2)}\n`);
      else await write(page, await reportPage(data));
      if (drawing !== undefined) {
        const view = positionOf(data, oneText(given, "view") ?? "program");
        const how = { unfold: isSet(given, "unfold"), title: titleOf(data) };
        await write(drawing, exportView(data, view, "svg", how));
      }
      warnOfUntrained(definition, streams);
    } finally {
      end();
    }
    return 0;
  },
};

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

interface Writing {
  readonly files: Files;
  readonly force: boolean;
  readonly streams: Streams;
}

/** Replaces what is a report of the same model, and nothing else unasked. */
async function writeReport(
  file: string,
  content: string,
  { model }: ReportData,
  { files, force, streams }: Writing,
): Promise<void> {
  if (/[/\\]$/.test(file)) fail("usage", `${file} is a folder: expected a file`);
  const isOwn = (bytes: Uint8Array): boolean => isReportOf(bytes, model);
  const options = { force, keep: files.read, isOwn };
  const [path] = await writeFiles(dirname(file), [{ path: basename(file), content }], options);
  streams.stdout(`${path!}  ${Buffer.byteLength(content)} bytes\n`);
}
