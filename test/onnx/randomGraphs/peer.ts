/** Runs random graphs on onnxruntime-web, every value an output. */
import type { Tensor } from "../../../compiler/base/tensor.js";
import { openOnnx } from "../../support/onnxRuntime.js";
import { modelOf, textOf, titleOf } from "../schemas/nodeCase.js";
import { graphModel, type RandomGraph } from "./randomGraph.js";

type Outputs = ReadonlyMap<string, Tensor>;

/**
 * The values of all nodes; undefined where onnxruntime's own shape inference does not let the graph in.
 * Throws for a node that it does not take by itself.
 */
export async function onPeer(graph: RandomGraph, inputs: Outputs): Promise<Outputs | undefined> {
  const all = graph.nodes.flatMap(({ outputs }) => outputs);
  const values = await run(graphModel(graph, all), inputs).catch(() => undefined);
  if (values === undefined) await runAlone(graph, inputs);
  return values;
}

/** Node by node, as they are: onnxruntime's optimisations are not what is looked at. */
async function run(bytes: Uint8Array, inputs: Outputs): Promise<Outputs> {
  const session = await openOnnx(bytes, "disabled");
  try {
    return await session.run(inputs);
  } finally {
    await session.release();
  }
}

/** The nodes that read nothing of other nodes, each by itself. */
async function runAlone({ nodes, opset, operands }: RandomGraph, inputs: Outputs): Promise<void> {
  for (const node of nodes) {
    const names = new Set(node.inputs.map((input) => input?.name));
    if (node.inputs.some((input) => input !== undefined && input.tensor === undefined)) continue;
    const given = operands.filter(({ name }) => names.has(name));
    const model = modelOf([textOf(node)], given, node.outputs, opset);
    const own = new Map([...inputs].filter(([name]) => names.has(name)));
    await run(model, own).catch((error: Error) => {
      throw new Error(`${titleOf(node)}: ${error.message}`, { cause: error });
    });
  }
}
