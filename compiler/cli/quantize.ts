/** `tilewright quantize`: a trained model as an ONNX file of integers, with scales that samples say, and what that costs. */
import { basename, dirname } from "node:path";
import { fail } from "../base/error.js";
import { writeFiles } from "../emit/writeFiles.js";
import { openFiles } from "../project/files.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import {
  allTexts,
  flagOf,
  isSet,
  oneInteger,
  oneOf,
  oneText,
  type Given,
} from "../project/given.js";
import { quantizeWith, type QuantizeResult } from "../quantize/quantize.js";
import type { QuantizeOptions } from "../quantize/calibrated.js";
import { METHODS, PERCENTILE } from "../quantize/range.js";
import { isExportOf } from "./export.js";
import { startProgress } from "./progress.js";
import { samplesIn } from "./quantizeData.js";
import { sampleInputsOf } from "./quantizeInputs.js";
import { quantizationText } from "./quantizeReport.js";
import { buildModule } from "./runModule.js";
import { warnOfUntrained } from "./untrained.js";
import type { Streams, Verb } from "./verb.js";

export const quantize: Verb = {
  name: "quantize",
  description: "Writes a model as ONNX of 8-bit integers, by samples, and says what that costs",
  options: [
    ["--data <dir>", "Samples: .npy files of one or many, .png, or sets of ONNX's test layout"],
    ["--out-file <file>", "The .onnx file to write"],
    ["--force", "Replaces a file that is there"],
    ["--method <name>", `How ranges are chosen: ${METHODS.join(", ")}; mse by default`],
    [
      "--percentile <number>",
      `Of --method percentile: per cent of values in range at either end; ${PERCENTILE} by default`,
    ],
    ["--keep <layer>", "Leaves a layer, or all that is part of it, in f32 (repeatable)"],
    [
      "--hold-back <number>",
      "Samples that only the report is of: a share below 1, or so many; 0.2 by default",
    ],
    ["--hold-back-seed <number>", "Holds back others; 1 by default"],
    ["--test-data <dir>", "Samples that the report is of, instead of some that are held back"],
    ["--no-bias-correction", "Leaves in outputs what rounded weights shift their mean by"],
    [
      "--no-equalize",
      "Leaves channels as they are: by default they are scaled where that saves noise",
    ],
    ["--no-proposal", "Does not try out which layers would better stay in f32"],
    ["--json", "Prints the report as JSON"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const file = oneText(given, "outFile");
    const folders = { data: oneText(given, "data"), test: oneText(given, "testData") };
    const missing = [
      ...(folders.data === undefined ? ["--data is missing: expected a folder of samples"] : []),
      ...(file === undefined ? ["--out-file is missing: expected a .onnx file"] : []),
    ];
    if (file === undefined || folders.data === undefined || /[/\\]$/.test(file))
      return fail("usage", missing.join("; ") || `--out-file ${file} is a folder`);
    const files = openFiles();
    const open = await openModel(path, given, files);
    const { inputs, bindings, prepared } = await sampleInputsOf(open);
    const read = (folder: string) => samplesIn(folder, inputs, files).map(prepared);
    const test = folders.test === undefined ? {} : { testSamples: read(folders.test) };
    const { end, ...progress } = startProgress(streams);
    try {
      const { source, options } = open;
      const all = { ...options, ...bindings, ...optionsOf(given), ...test, ...progress };
      const result = await quantizeWith(buildModule, source, read(folders.data), all);
      const writing = {
        force: isSet(given, "force"),
        keep: files.read,
        isOwn: (bytes: Uint8Array) => isExportOf(bytes, source.name),
      };
      const content = { path: basename(file), content: result.onnx };
      const [written] = await writeFiles(dirname(file), [content], writing);
      end();
      warnOfUntrained(source, streams);
      print(written!, result, given, streams);
      return 0;
    } finally {
      end();
    }
  },
};

function print(
  file: string,
  { report }: QuantizeResult,
  given: Given,
  { stdout }: Pick<Streams, "stdout">,
): void {
  if (isSet(given, "json")) stdout(`${JSON.stringify({ file, ...report }, undefined, 2)}\n`);
  else stdout(`${file}\n${quantizationText(report)}`);
}

function optionsOf(given: Given): QuantizeOptions {
  const [method, keep] = [oneOf(given, "method", METHODS), allTexts(given, "keep")];
  const percentile = numberOf(given, "percentile");
  const holdBack = numberOf(given, "holdBack");
  const seed = oneInteger(given, "holdBackSeed");
  return {
    keep,
    ...(method !== undefined && { method }),
    ...(percentile !== undefined && { percentile }),
    ...(holdBack !== undefined && { holdBack }),
    ...(seed !== undefined && { seed }),
    ...(isSet(given, "noBiasCorrection") && { biasCorrection: false }),
    ...(isSet(given, "noEqualize") && { equalize: false }),
    ...(isSet(given, "noProposal") && { propose: false }),
  };
}

function numberOf(given: Given, name: string): number | undefined {
  const text = oneText(given, name);
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) fail("usage", `${flagOf(name)} must be a number, not '${text}'`);
  return Number(text);
}
