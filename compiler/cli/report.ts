/** `tilewright report`: one HTML page that shows what a model is, what every pass made of it, and where its memory goes. */
import { basename, dirname } from "node:path";
import { fail } from "../base/error.js";
import { fileStem } from "../emit/names.js";
import { writeFiles } from "../emit/writeFiles.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { isSet, oneText } from "../project/given.js";
import { gatherReport } from "../report-page/gather.js";
import { isReportOf, reportPage } from "../report-page/page.js";
import { startProgress } from "./progress.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

export const report: Verb = {
  name: "report",
  description: "Writes a page that shows a model: its graph, its passes, its kernels, its memory",
  options: [
    ["--out-file <file>", "The page to write; <model>.report.html by default"],
    ["--json", "Prints what the page shows as JSON, and writes no page"],
    ["--force", "Replaces a file that is there"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const { definition, options, files } = await openModel(path, given);
    const file = oneText(given, "outFile") ?? `${fileStem(definition.name)}.report.html`;
    if (/[/\\]$/.test(file)) fail("usage", `--out-file ${file} is a folder: expected a file`);
    const { end, ...progress } = startProgress(streams);
    try {
      const { data } = await gatherReport(definition, { ...options, ...progress });
      end();
      if (isSet(given, "json")) streams.stdout(`${JSON.stringify(data, undefined, 2)}\n`);
      else {
        const content = await reportPage(data);
        const writing = {
          force: isSet(given, "force"),
          keep: files.read,
          isOwn: (bytes: Uint8Array) => isReportOf(bytes, data.model),
        };
        const page = { path: basename(file), content };
        const [written] = await writeFiles(dirname(file), [page], writing);
        streams.stdout(`${written!}  ${Buffer.byteLength(content)} bytes\n`);
      }
      warnOfUntrained(definition, streams);
    } finally {
      end();
    }
    return 0;
  },
};
