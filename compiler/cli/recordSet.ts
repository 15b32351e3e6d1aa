/** Records what a model computes beside its inputs: outputs, and where asked for the value of every node. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { zipSync } from "fflate";
import { writeFiles } from "../emit/writeFiles.js";
import { evaluateGraph } from "../graph/evaluate.js";
import { encodeTensor, ONNX_TYPES } from "../onnx/proto.js";
import { inferShapes } from "../infer/inferShapes.js";
import type { Tensor } from "../base/tensor.js";
import { byName, NODE_VALUES, type DataSet } from "../golden/testCase.js";
import { prepareCase, type ModelSource, type Prepared } from "../golden/verifyCase.js";
import { writeNpy } from "./npy.js";
import { buildModule } from "./runModule.js";
import type { Plan, VerifyOptions } from "./verifyOptions.js";

interface RecordedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * Paths of the files written. Outputs keep the files they have, new ones are .npy; values of nodes that were
 * recorded before are recorded anew. Throws CompileError.
 */
export async function recordSet(
  source: ModelSource,
  set: DataSet,
  plan: Plan,
  { bisect }: Pick<VerifyOptions, "bisect">,
): Promise<readonly string[]> {
  const prepared = await prepareCase(source, buildModule, set, plan);
  const outputs = [...(await prepared.run(prepared.inputs))];
  const names = outputs.map(([name]) => name);
  const known = byName(set.outputs, names);
  const files = outputs.map(([name, value], i): RecordedFile => {
    const before = known.has(name) ? set.outputs[i]?.path : undefined;
    const path = before === undefined ? `output_${i}.npy` : basename(before);
    return { path, content: contentOf(path, name, value) };
  });
  const nodes = bisect === true || existsSync(join(set.folder, NODE_VALUES));
  return writeFiles(set.folder, nodes ? [...files, nodeValues(prepared, plan)] : files);
}

function contentOf(path: string, name: string, { type, data }: Tensor): Uint8Array {
  if (path.endsWith(".npy")) return writeNpy(type, data);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return encodeTensor({ name, dims: type.dims, dataType: ONNX_TYPES[type.dtype], rawData });
}

/** The same bytes whenever the values are the same: entries have no time of their own. */
function nodeValues({ definition, bindings, inputs }: Prepared, plan: Plan): RecordedFile {
  const graph = inferShapes(definition, { ...plan, ...bindings });
  const values = evaluateGraph(graph, inputs, plan.readFile);
  const entries = graph.nodes.map(({ name, type }): [string, Uint8Array] => [
    `${name}.npy`,
    writeNpy(type, values.get(`%${name}`)!.data),
  ]);
  const content = zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) });
  return { path: NODE_VALUES, content };
}
