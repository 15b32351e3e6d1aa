/** `tilewright export`: a model, as it is or after a pass, as an ONNX file. */
import { basename, dirname } from "node:path";
import { CompileError, fail } from "../base/error.js";
import type { Graph } from "../graph/graph.js";
import { writeFiles } from "../emit/writeFiles.js";
import { withTimes } from "../choosing.js";
import { decodeModel } from "../onnx/decode.js";
import { exportOnnx } from "../onnx-export/export.js";
import { PRODUCER } from "../onnx-export/model.js";
import { inferShapes } from "../infer/inferShapes.js";
import { passes, runPasses } from "../passes/index.js";
import { suggestion } from "../base/suggest.js";
import { MODEL_OPTIONS, openModel } from "../project/modelOptions.js";
import { counted, isSet, oneText, type Given } from "../project/given.js";
import { warnOfUntrained } from "./untrained.js";
import type { Verb } from "./verb.js";

/** Passes that leave a Graph, in order. */
const PASSES = ["infer-shapes", ...passes.map(({ name }) => name)];

export const exportVerb: Verb = {
  name: "export",
  description: "Writes a model as ONNX, before or after passes",
  options: [
    ["--out-file <file>", "The .onnx file to write"],
    ["--force", "Replaces a file that is there"],
    ["--after <pass>", "Which pass leaves what is written; infer-shapes by default"],
    ...MODEL_OPTIONS,
  ],
  async run(path, given, streams) {
    const file = oneText(given, "outFile");
    if (file === undefined) return fail("usage", "--out-file is missing: expected a .onnx file");
    if (/[/\\]$/.test(file)) fail("usage", `--out-file ${file} is a folder: expected a .onnx file`);
    const after = passOf(given);
    const { definition, options, files } = await openModel(path, given);
    if (options.disable?.includes(after))
      fail("usage", `--after ${after}: --disable leaves this pass out`);
    let graph: Graph = inferShapes(definition, options);
    const observe = (pass: string, result: Graph): void => {
      if (pass === after) graph = result;
    };
    if (after !== "infer-shapes") runPasses(graph, { ...withTimes(options), observe });
    const content = exportOnnx(graph, options.readFile);
    const writing = {
      force: isSet(given, "force"),
      keep: files.read,
      isOwn: (bytes: Uint8Array) => isExportOf(bytes, graph.name),
    };
    const [written] = await writeFiles(dirname(file), [{ path: basename(file), content }], writing);
    warnOfUntrained(definition, streams);
    streams.stdout(
      `${written!}  ${content.length} bytes, ${counted(graph.nodes.length, "node")}\n`,
    );
    return 0;
  },
};

/** Whether a file is what was exported of a model of the name. */
export function isExportOf(bytes: Uint8Array, name: string): boolean {
  try {
    const { producerName, graph } = decodeModel(bytes);
    return producerName === PRODUCER && graph?.name === name;
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}

function passOf(given: Given): string {
  const after = oneText(given, "after") ?? "infer-shapes";
  if (!PASSES.includes(after))
    fail(
      "usage",
      `--after ${after}: the passes are ${PASSES.join(", ")}`,
      suggestion(after, PASSES),
    );
  return after;
}
