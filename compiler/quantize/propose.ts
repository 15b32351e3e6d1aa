/** Looks for the fewest layers that a network should keep in f32 to answer as it did, and tries them out. */
import { exportQuantized } from "../onnx-export/export.js";
import { NOTHING } from "../onnx-export/quantization.js";
import type { Operand } from "../graph/definition.js";
import { comparePairs, costOf, outputPairs, runnerOf, startLabels } from "./evaluate.js";
import { planQuantization } from "./plan.js";
import { networkOf, type Calibrated } from "./calibrated.js";
import type { QuantizedNetwork } from "./network.js";
import { costsOfLayers } from "./sensitivity.js";
import type { NetworkCost, Proposal } from "./report.js";

/** Of 100 first answers as many should be the same; of outputs that are none, dB of signal over noise. */
const ENOUGH = { answers: 99, decibels: 20 } as const;

/**
 * 1, 2, 4 … of the layers that cost outputs most by themselves, until answers are the same often enough; undefined
 * where they are already, or where nothing but keeping nearly all of them is.
 */
export async function proposeKeeping(
  calibrated: Calibrated,
  kept: ReadonlySet<string>,
  network: QuantizedNetwork,
  cost: NetworkCost,
): Promise<Proposal | undefined> {
  if (isEnough(cost)) return undefined;
  const costs = await costsOfLayers(calibrated, network);
  const worst = [...costs.keys()].sort((a, b) => costs.get(b)! - costs.get(a)!);
  const float = await floatOf(calibrated);
  for (let count = 1; count < worst.length; count *= 2) {
    const keep = [...kept, ...worst.slice(0, count)];
    calibrated.options.onProgress?.(`try to keep ${count} more in f32`);
    const tried = await tryKeeping(calibrated, float, keep);
    if (isEnough(tried.cost)) return { keep, ...tried };
  }
  return undefined;
}

function isEnough({ outputs }: NetworkCost): boolean {
  return outputs.every(({ classes, signalToNoise }) =>
    classes === undefined
      ? signalToNoise >= ENOUGH.decibels
      : 100 * classes.top1 >= ENOUGH.answers * classes.vectors,
  );
}

/** The network of floats, which all that is tried is compared with. */
async function floatOf({ graph, options, build }: Calibrated) {
  const { bytes, raw } = exportQuantized(graph, NOTHING, options.readFile);
  const outputs = graph.outputs.map(({ value }) => raw.get(value)!);
  return { raw, run: await runnerOf(bytes, outputs, build) };
}

async function tryKeeping(
  calibrated: Calibrated,
  float: Awaited<ReturnType<typeof floatOf>>,
  keep: readonly string[],
): Promise<Omit<Proposal, "keep">> {
  const { graph, calibration, options, split, build } = calibrated;
  const network = networkOf(calibrated, planQuantization(graph, new Set(keep)));
  const written = exportQuantized(network.graph, network.quantization, options.readFile);
  const rangeOf = (value: Operand) => calibration.distributions.get(value)!;
  const outputs = outputPairs(graph, float.raw, written.names, rangeOf);
  const actual = await runnerOf(
    written.bytes,
    outputs.map((pair) => pair.actual),
    build,
  );
  const labels = startLabels(outputs);
  const evaluation = { samples: split.test, inputs: graph.inputs };
  await comparePairs({ exact: float.run, actual }, outputs, evaluation, labels.add);
  return { cost: costOf(outputs, labels), bytes: written.bytes.length };
}
