/** `tilewright report`: one HTML page that shows what a model is, what every pass made of it, and where its memory goes. */
import { basename, dirname } from "node:path";
import { fail } from "../base/error.js";
import { fileStem } from "../emit/names.js";
import { writeFiles } from "../emit/writeFiles.js";
import { openFiles, type Files } from "../project/files.js";
import { MODEL_OPTIONS } from "../project/modelOptions.js";
import { TARGET_OPTIONS } from "../project/buildOptions.js";
import { isSet, oneInteger, oneText, type Given, type OptionRows } from "../project/given.js";
import type { ReportData } from "../report-page/data.js";
import { exportView } from "../report-page/export.js";
import { isReportOf, reportPage, titleOf } from "../report-page/page.js";
import { positionOf } from "./dumpDrawing.js";
import { makeReport } from "./makeReport.js";
import { serveReport } from "./serveReport.js";
import type { Streams, Verb } from "./verb.js";
import { withProject } from "./withProject.js";

const OPTIONS: OptionRows = [
  ["--out-file <file>", "The page to write; <model>.report.html by default"],
  ["--json", "Prints what the page shows as JSON, and writes no page"],
  ["--input <[name=]file>", "A sample to look at layers with, .npy or .png (repeatable)"],
  ["--serve", "Shows the page on this machine, anew whenever the model changes, until Ctrl-C"],
  ["--port <number>", "Where; any that is free by default"],
  ["--measure", "Times a run, and each distinct kernel, on this machine"],
  ["--cpu-time", "Counts what the process computes: for a machine that others use, too"],
  ["--timings <file>", "Takes times that `bench --json` printed"],
  ["--svg <file>", "Also writes the drawing of a view as SVG"],
  ["--view <name>", "Which: definition, a pass, graph or program; program by default"],
  ["--unfold", "Draws every layer of blocks that are folded otherwise"],
  ["--force", "Replaces a file that is there"],
  ...TARGET_OPTIONS,
  ...MODEL_OPTIONS,
];

export const report: Verb = {
  name: "report",
  description: "Writes a page that shows a model: its graph, its passes, its kernels, its memory",
  options: OPTIONS,
  asksProject: true,
  async run(path, given, streams) {
    if (isSet(given, "serve")) {
      const other = ["json", "outFile", "svg"].find((name) => given[name] !== undefined);
      if (other !== undefined) fail("usage", "--serve writes no files and prints no data");
      const make = async (files: Files): Promise<ReportData> =>
        makeReport(path, await withProject(OPTIONS, path, given, files.note), streams, files);
      return serveReport(path, oneInteger(given, "port") ?? 0, make, streams);
    }
    return writeOnce(path, await withProject(OPTIONS, path, given), streams);
  },
};

async function writeOnce(path: string, given: Given, streams: Streams): Promise<number> {
  const files = openFiles();
  const drawing = oneText(given, "svg");
  const data = await makeReport(path, given, streams, files);
  const page = oneText(given, "outFile") ?? `${fileStem(data.model)}.report.html`;
  const write = (file: string, content: string): Promise<void> =>
    writeReport(file, content, data, { files, force: isSet(given, "force"), streams });
  if (isSet(given, "json")) streams.stdout(`${JSON.stringify(data, undefined, 2)}\n`);
  else await write(page, await reportPage(data));
  if (drawing !== undefined) {
    const view = positionOf(data, oneText(given, "view") ?? "program");
    const how = { unfold: isSet(given, "unfold"), title: titleOf(data) };
    await write(drawing, exportView(data, view, "svg", how));
  }
  return 0;
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
