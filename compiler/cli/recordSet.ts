/** Records what a model computes beside its inputs: outputs, and where asked for the value of every node. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Graph } from "../graph/graph.js";
import { encodeTensor, ONNX_TYPES } from "../onnx/proto.js";
import { inferShapes } from "../infer/inferShapes.js";
import type { Tensor } from "../base/tensor.js";
import { drawInputs } from "../golden/drawInputs.js";
import { judgeRun, type Judged } from "../golden/judgeRun.js";
import type { Values } from "../golden/meaning.js";
import { byName, NODE_VALUES, type DataSet } from "../golden/testCase.js";
import { prepareCase, type BuildModel, type ModelSource } from "../golden/prepareCase.js";
import { writeNpy } from "./npy.js";
import { buildModule, renewed } from "./runModule.js";
import type { Plan, VerifyOptions } from "./verifyOptions.js";

interface RecordedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** What a set's files would hold, and whether that is what the model means. */
export interface Recording extends Pick<Judged, "verdicts" | "culprit"> {
  readonly folder: string;
  readonly files: readonly RecordedFile[];
}

/**
 * Runs a set's model, and writes nothing yet. Outputs keep the files they have, new ones are .npy; values of
 * nodes that were recorded before are recorded anew. Throws CompileError.
 */
export async function recordSet(
  source: ModelSource,
  set: DataSet,
  plan: Plan,
  { bisect }: Pick<VerifyOptions, "bisect">,
): Promise<Recording> {
  const { definition, bindings, run, inputs } = await prepareCase(source, buildModule, set, plan);
  const graph = inferShapes(definition, { ...renewed(plan), ...bindings });
  const build: BuildModel = (part, more) => buildModule(part, { ...plan, ...more });
  const { readFile } = plan;
  const judged = await judgeRun({ graph, run, build }, inputs, [drawInputs(graph, 1)], {
    readFile,
  });
  const known = byName(set.outputs, [...judged.outputs.keys()]);
  const files = [...judged.outputs].map(([name, value], i): RecordedFile => {
    const before = known.has(name) ? set.outputs[i]?.path : undefined;
    const path = before === undefined ? `output_${i}.npy` : basename(before);
    return { path, content: contentOf(path, name, value) };
  });
  const nodes = bisect === true || existsSync(join(set.folder, NODE_VALUES));
  const all = nodes ? [...files, await nodeValues(graph, judged.judge.values)] : files;
  const { verdicts, culprit } = judged;
  const found = culprit === undefined ? {} : { culprit };
  return { verdicts, ...found, folder: set.folder, files: all };
}

function contentOf(path: string, name: string, { type, data }: Tensor): Uint8Array {
  if (path.endsWith(".npy")) return writeNpy(type, data);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return encodeTensor({ name, dims: type.dims, dataType: ONNX_TYPES[type.dtype], rawData });
}

/** The same bytes whenever the values are the same: entries have no time of their own. */
async function nodeValues({ nodes }: Graph, values: Values): Promise<RecordedFile> {
  const { zipSync } = await import("fflate");
  const entries = nodes.map(({ name, type }): [string, Uint8Array] => [
    `${name}.npy`,
    writeNpy(type, values.get(`%${name}`)!.data),
  ]);
  const content = zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) });
  return { path: NODE_VALUES, content };
}
